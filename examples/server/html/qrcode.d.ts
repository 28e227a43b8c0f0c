/** The one function of `qrcode` (1.5) that the example uses; the package brings no types. */
declare module "qrcode" {
  export function toString(
    text: string,
    options: {
      readonly type: "svg"
      readonly errorCorrectionLevel?: "L" | "M" | "Q" | "H"
      readonly margin?: number
    }
  ): Promise<string>
}
