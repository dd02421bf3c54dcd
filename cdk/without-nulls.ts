/** The props without nulls: in JavaScript, people pass null for a value that they do not have. */
export function withoutNulls<Props extends object>(props: Props | null): Props {
  return Object.fromEntries(Object.entries(props ?? {}).filter(([, value]) => value !== null)) as Props;
}
