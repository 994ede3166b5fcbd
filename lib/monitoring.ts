import type { IFunction } from 'aws-cdk-lib/aws-lambda'
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

export interface MonitoringProps extends MonitoringSettings, Omit<DashboardProps, 'alarms'> {
  /** The HTTP door's, if there is one. */
  readonly publishFunction?: IFunction | undefined
}

/** What tells that something is wrong, and what. */
export class Monitoring extends Construct {
  readonly alarms: Alarms | undefined
  readonly dashboard: Dashboard | undefined

  constructor(scope: Construct, id: string, props: MonitoringProps) {
    super(scope, id)
    const { alarms = true, dashboard = true, ...parts } = props
    const { connect, disconnect, senders, delivery, publishFunction } = parts
    if (alarms) {
      const functions = [connect, disconnect, ...senders, delivery.worker.function]
      if (publishFunction) functions.push(publishFunction)
      this.alarms = new Alarms(this, 'Alarms', { ...parts, functions })
    }
    if (dashboard) {
      this.dashboard = new Dashboard(this, 'Dashboard', {
        ...parts,
        alarms: this.alarms?.all ?? [],
      })
    }
  }
}
