/** How graphql-codegen makes types and typed documents of the schema and of what the client asks. */
import type { CodegenConfig } from "@graphql-codegen/cli";

const config: CodegenConfig = {
  schema: "../../../schema/schema.graphql",
  documents: ["src/*.ts"],
  // Node wants the extension of what is imported.
  importExtension: ".js",
  generates: {
    "./src/generated/": {
      preset: "client",
      presetConfig: {
        fragmentMasking: false,
        persistedDocuments: { hashAlgorithm: "sha256" },
      },
      config: {
        // An unmapped scalar is an error, not `any`.
        strictScalars: true,
        enumsAsTypes: true,
        useTypeImports: true,
        scalars: {
          ID: "string",
          CountryCode: "string",
          CurrencyCode: "string",
          Date: "string",
          DateTime: "string",
          Decimal: { input: "string | number", output: "string" },
          DueDate: "string",
          JSON: "unknown",
          Metadata: "Record<string, string>",
          MinorUnits: "number",
          TimeZone: "string",
          URL: "string",
        },
      },
    },
  },
};

export default config;
