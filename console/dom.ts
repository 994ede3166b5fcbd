/**
 * The page's only ways to its elements. What somebody else has written becomes a text node, never
 * markup: nothing here, or elsewhere in the page, parses HTML.
 */

type Attributes = Readonly<Record<string, string>>

export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value)
  made.append(...children)
  return made
}

/** The element for a selector, which is there: the page's own HTML has it. */
export function find<Type extends Element>(
  root: ParentNode,
  selector: string,
  type: abstract new (...args: never[]) => Type,
): Type {
  const found = root.querySelector(selector)
  if (found instanceof type) return found
  throw new Error(`the page has no ${selector}`)
}

/** A copy of what a `<template>` holds. */
export function copyTemplate(id: string): HTMLElement {
  const { content } = find(document, `template#${id}`, HTMLTemplateElement)
  return find(document.importNode(content, true), '*', HTMLElement)
}

/** Writes only what is new: a live region would be read out again. */
export function setText(node: Element, text: string): void {
  if (node.textContent !== text) node.textContent = text
}
