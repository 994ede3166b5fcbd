import { Construct } from 'constructs'
import { Alarms, type AlarmSettings } from './alarms.ts'
import { Dashboard, type DashboardProps } from './dashboard.ts'

export interface MonitoringSettings extends AlarmSettings {
  /**
   * Whether there are alarms: one for each heading of `docs/RUNBOOK.md`. CloudWatch asks $0.10 a month
   * for each metric that an alarm looks at.
   *
   * @default true
   */
  readonly alarms?: boolean

  /**
   * Whether there is a dashboard in CloudWatch. It costs $3 a month, if the account has three others.
   *
   * @default true
   */
  readonly dashboard?: boolean
}

export interface MonitoringProps extends MonitoringSettings, Omit<DashboardProps, 'alarms'> {}

/** What tells that something is wrong, and what. */
export class Monitoring extends Construct {
  readonly alarms: Alarms | undefined
  readonly dashboard: Dashboard | undefined

  constructor(scope: Construct, id: string, props: MonitoringProps) {
    super(scope, id)
    const { alarms = true, dashboard = true, ...parts } = props
    if (alarms) this.alarms = new Alarms(this, 'Alarms', parts)
    if (dashboard) {
      this.dashboard = new Dashboard(this, 'Dashboard', {
        ...parts,
        alarms: this.alarms?.all ?? [],
      })
    }
  }
}
