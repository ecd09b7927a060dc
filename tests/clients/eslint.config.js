// The rules that graphql-eslint checks schema/schema.graphql by. What differs from its own presets says why.
import graphql from "@graphql-eslint/eslint-plugin";

const RELAY = graphql.configs["flat/schema-relay"].rules;
const RECOMMENDED = graphql.configs["flat/schema-recommended"].rules;

export default [
  {
    files: ["**/*.graphql"],
    languageOptions: {
      parser: graphql.parser,
      parserOptions: { graphQLConfig: { schema: "schema/schema.graphql" } },
    },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    plugins: { "@graphql-eslint": graphql },
    rules: {
      ...RECOMMENDED,
      ...RELAY,
      "@graphql-eslint/relay-arguments": ["error", { includeBoth: true }],
      "@graphql-eslint/relay-edge-types": [
        "error",
        {
          withEdgeSuffix: true,
          shouldImplementNode: true,
          // Short lists (an invoice's lines) are lists, and `nodes` is `edges.node` for short.
          listTypeCanWrapOnlyEdgeType: false,
        },
      ],
      "@graphql-eslint/require-description": [
        "error",
        {
          types: true,
          rootField: true,
          FieldDefinition: true,
          InputValueDefinition: true,
          EnumValueDefinition: true,
          // `@oneOf` alone is defined: the specification's own, spelled out for older tools.
          DirectiveDefinition: false,
        },
      ],
      "@graphql-eslint/input-name": [
        "error",
        { checkInputType: true, caseSensitiveInputType: false, checkQueries: false },
      ],
      "@graphql-eslint/no-scalar-result-type-on-mutation": "error",
      "@graphql-eslint/require-deprecation-reason": "error",
      "@graphql-eslint/require-field-of-type-query-in-mutation-result": "error",
      "@graphql-eslint/require-nullable-fields-with-oneof": "error",
      "@graphql-eslint/require-nullable-result-in-root": "error",
      // The rule above passes over lists. Some of them are promised as they are: `nodes` is null row by
      // row, and the others are asked by whoever keeps the settings; refused, they empty the whole answer.
      "no-restricted-syntax": [
        "error",
        {
          selector:
            "ObjectTypeDefinition[name.value=/^(Query|Mutation)$/] > " +
            "FieldDefinition[name.value!=/^(nodes|apiKeys|webhookEndpoints|taxRates|fxRates)$/] > .gqlType[type=NonNullType]",
          message: "A root field is nullable, so that a fault in it leaves the others' answers.",
        },
      ],
      // It wants an id on whatever is no node too: money, payloads, connections. Relay refuses those.
      "@graphql-eslint/strict-id-in-types": "off",
    },
  },
];
