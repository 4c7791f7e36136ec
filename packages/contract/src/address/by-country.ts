import type { CountryCode, PhoneNumberOptions } from './phone-number.js';

/** A schema whose numbers are read with a default country, made once for each. */
export function byCountry<Schema>(
  make: (options: PhoneNumberOptions) => Schema,
): (options?: PhoneNumberOptions) => Schema {
  const made = new Map<CountryCode | undefined, Schema>();
  return ({ defaultCountry } = {}) => {
    const schema = made.get(defaultCountry) ?? make({ defaultCountry });
    made.set(defaultCountry, schema);
    return schema;
  };
}
