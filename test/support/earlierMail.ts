/** A stored mail as it was stored before the values of its kind had these. */
export const earlierMail = <M extends { readonly values: unknown }>(mail: M, ...missing: ReadonlyArray<string>) => ({
  ...mail,
  values: Object.fromEntries(Object.entries(Object(mail.values)).filter(([key]) => !missing.includes(key)))
})
