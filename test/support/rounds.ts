/** How often a race or a property is tried: `usual` times, or `long` times in `npm run test:long`. */
export const rounds = (usual: number, long: number): number => (process.env.LONG === "1" ? long : usual)
