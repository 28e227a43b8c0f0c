import type { Catalog } from "./Product.ts"

/** A small catalog to start from, for the embedded `Catalog.layer`. Prices in cents. */
export const exampleCatalog: Catalog = {
  version: "2026-1",
  products: [
    {
      key: "location",
      name: { de: "Standort", en: "Location" },
      description: {
        de: "Ein weiterer Standort mit eigener Kundennummer, Internetanschluss und Telefonie.",
        en: "Another location with a customer number of its own, internet access and telephony."
      },
      currency: "EUR",
      price: { once: 4900, monthly: 1990 },
      termMonths: 12,
      options: [
        {
          type: "choice",
          key: "line",
          label: { de: "Anschluss", en: "Line" },
          required: true,
          choices: [
            { key: "dsl", label: { de: "DSL, 100 MBit/s", en: "DSL, 100 Mbit/s" }, price: { once: 0, monthly: 2995 } },
            {
              key: "fibre",
              label: { de: "Glasfaser, 1 GBit/s", en: "Fibre, 1 Gbit/s" },
              price: { once: 9900, monthly: 5995 }
            },
            {
              key: "mobile",
              label: { de: "Mobilfunk, 50 MBit/s", en: "Mobile, 50 Mbit/s" },
              price: { once: 0, monthly: 2495 }
            }
          ]
        },
        {
          type: "number",
          key: "seats",
          label: { de: "Nebenstellen", en: "Extensions" },
          required: true,
          min: 1,
          max: 200,
          price: { once: 0, monthly: 395 }
        },
        {
          type: "choice",
          key: "router",
          label: { de: "Router", en: "Router" },
          required: false,
          choices: [
            {
              key: "standard",
              label: { de: "Standardrouter", en: "Standard router" },
              price: { once: 7900, monthly: 0 }
            },
            { key: "fibre", label: { de: "Glasfaserrouter", en: "Fibre router" }, price: { once: 14900, monthly: 0 } }
          ]
        },
        {
          type: "yes-no",
          key: "fixed-address",
          label: { de: "Feste IP-Adresse", en: "Fixed IP address" },
          price: { once: 0, monthly: 500 }
        },
        {
          type: "text",
          key: "reference",
          label: { de: "Ihr Zeichen auf der Rechnung", en: "Your reference on the invoice" },
          required: false,
          maxLength: 40
        }
      ],
      rules: [
        {
          never: [
            { option: "line", is: "fibre" },
            { option: "router", is: "standard" }
          ],
          at: "router",
          message: {
            de: "Der Standardrouter passt nicht zu einem Glasfaseranschluss. Bitte wählen Sie den Glasfaserrouter oder keinen.",
            en: "The standard router does not fit a fibre line. Please choose the fibre router, or none."
          }
        },
        {
          never: [
            { option: "line", isNot: "fibre" },
            { option: "router", is: "fibre" }
          ],
          at: "router",
          message: {
            de: "Den Glasfaserrouter gibt es nur zu einem Glasfaseranschluss.",
            en: "The fibre router comes with a fibre line only."
          }
        },
        {
          never: [
            { option: "line", is: "mobile" },
            { option: "seats", above: 10 }
          ],
          at: "seats",
          message: {
            de: "Über Mobilfunk sind höchstens 10 Nebenstellen möglich.",
            en: "A mobile line has room for at most 10 extensions."
          }
        },
        {
          never: [
            { option: "line", is: "mobile" },
            { option: "fixed-address", is: true }
          ],
          at: "fixed-address",
          message: {
            de: "Im Mobilfunk gibt es keine feste IP-Adresse.",
            en: "There is no fixed IP address on a mobile line."
          }
        }
      ]
    },
    {
      key: "office",
      name: { de: "Homeoffice", en: "Home office" },
      description: {
        de: "Ein Arbeitsplatz außer Haus mit eigener Kundennummer und einer Nebenstelle.",
        en: "A workplace elsewhere with a customer number of its own and one extension."
      },
      currency: "EUR",
      price: { once: 0, monthly: 990 },
      termMonths: 0,
      options: [
        {
          type: "yes-no",
          key: "headset",
          label: { de: "Headset", en: "Headset" },
          price: { once: 5995, monthly: 0 }
        }
      ],
      rules: []
    }
  ]
}
