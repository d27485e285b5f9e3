// Days of +08:00, months, years and working days (events.md section 6). A day is its text YYYY-MM-DD, which compares as
// text, or its number since 1970-01-01 where it is counted with.

const DAY_MS = 86400000;
const OFFSET_MS = 28800000; // +08:00, all year
const LAST_DAY = "9999-12-31"; // later ones have no text form: what would end after it ends on it

const dayNumber = (text) => Date.parse(`${text}T00:00:00Z`) / DAY_MS;
const LAST_NUMBER = dayNumber(LAST_DAY);
const dayOf = (ms) => Math.min(Math.floor((ms + OFFSET_MS) / DAY_MS), LAST_NUMBER);
const dayText = (number) => new Date(Math.min(number, LAST_NUMBER) * DAY_MS).toISOString().slice(0, 10);
const dayOn = (ms) => dayText(dayOf(ms));
const earlier = (a, b) => (b !== null && b < a ? b : a);
const later = (a, b) => (b !== null && b > a ? b : a);

/** The starting day does not count (Civil Code 201). */
const plusDays = (text, count) => dayText(dayNumber(text) + count);

/** The corresponding day of that month, else the month's last (Civil Code 202). */
function plusMonths(text, count) {
  const [year, month, day] = text.split("-").map(Number);
  const months = 12 * year + month - 1 + count;
  const [toYear, toMonth] = [Math.floor(months / 12), (months % 12) + 1];
  if (toYear > 9999) return LAST_DAY;
  const leap = toYear % 4 === 0 && (toYear % 100 !== 0 || toYear % 400 === 0);
  const length = toMonth === 2 ? 28 + Number(leap) : 30 + Number([1, 3, 5, 7, 8, 10, 12].includes(toMonth));
  const spelled = (number, width) => String(number).padStart(width, "0");
  return `${spelled(toYear, 4)}-${spelled(toMonth, 2)}-${spelled(Math.min(day, length), 2)}`;
}

const plusYears = (text, count) => plusMonths(text, 12 * count);

/** The moment at which a day begins. */
const dayBegins = (text) => Math.max(0, dayNumber(text) * DAY_MS - OFFSET_MS);

function isWorking(number, calendar) {
  const weekday = (number + 3) % 7; // from Monday: 1970-01-01 was a Thursday
  const day = dayText(number);
  return calendar.workdays.has(day) || (weekday < 5 && !calendar.holidays.has(day));
}

/** The last of `count` working days after `today` (the day before it, if none); null beyond the calendar. */
function workingPeriodEnd(today, count, calendar) {
  const covered = dayNumber(calendar.covered_until);
  let number = dayNumber(today) - (count ? 0 : 1);
  for (let left = count; left > 0 && number <= covered; left--) {
    do number++;
    while (number <= covered && !isWorking(number, calendar));
  }
  return number <= covered ? dayText(number) : null;
}
