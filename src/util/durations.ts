/** A time for a person, to the two units that matter: `45 s`, `12 min`, `3 h 20 min`, `2 d 4 h`. @param seconds not negative */
export function describeDuration(seconds: number): string {
  if (seconds < 59.5) return `${Math.max(1, Math.round(seconds))} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return withRest(`${hours} h`, minutes % 60, 'min');
  const allHours = Math.round(minutes / 60);
  return withRest(`${Math.floor(allHours / 24)} d`, allHours % 24, 'h');
}

function withRest(start: string, rest: number, unit: string): string {
  return rest === 0 ? start : `${start} ${rest} ${unit}`;
}
