/**
 * A function that is computed once for each object and looked up from then on. For what follows from a compiled policy
 * alone: nobody changes one, and every decision would ask again.
 */
export function remembered<Subject extends object, Result>(
  compute: (subject: Subject) => Result,
): (subject: Subject) => Result {
  const known = new WeakMap<Subject, { readonly result: Result }>();
  return (subject) => {
    const found = known.get(subject) ?? { result: compute(subject) };
    known.set(subject, found);
    return found.result;
  };
}
