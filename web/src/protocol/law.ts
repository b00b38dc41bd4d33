/** Where an account's bytes may be kept, and who consents: spec/law.md. */

/** What is decided by, by code; `age` null: not known. */
export type LawTable = Readonly<Record<string, { readonly statute: string; readonly inside: boolean; readonly age: number | null }>>;

declare const __LAWS__: LawTable;

/** Put there by the build, out of `laws/`. */
export const LAWS: LawTable = __LAWS__;

/** The highest age of consent of all laws: it counts where none is known. */
const STRICTEST = 18;

const lawOf = (law: string) => (Object.hasOwn(LAWS, law.toLowerCase()) ? LAWS[law.toLowerCase()] : undefined);

/** The country that a region begins with; empty where it begins with none. */
export const countryOf = (region: string): string => /^([A-Za-z]{2})(?:$|[- ,])/.exec(region)?.[1]?.toLowerCase() ?? '';

/** True where the law does not let its accounts' bytes be kept in the region. */
export const refuses = (law: string, region: string): boolean => lawOf(law)?.inside === true && countryOf(region) !== law.toLowerCase();

/** From this age on a person consents for themselves. */
export const ownConsentAge = (law: string): number => lawOf(law)?.age ?? STRICTEST;

/** Whether the law says an age that is below the strictest of all. */
export const isAgeKnown = (law: string): boolean => ownConsentAge(law) < STRICTEST;

export const isLaw = (law: string): boolean => lawOf(law) !== undefined;
