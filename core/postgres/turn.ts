/**
 * Waits until nobody else makes or ends a role in this database: a GRANT on a table that another transaction has granted
 * on fails ("tuple concurrently updated"). A table that only the broker may lock, as whoever is signed in may take any
 * advisory lock.
 */
export const takeTurn = 'LOCK TABLE mayfly.turn IN EXCLUSIVE MODE';
