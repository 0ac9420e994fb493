package store

import (
	"fmt"
	"time"
)

// Date is a calendar day without a time zone, such as the day on which a
// client secret ends. The zero value means: unknown.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

const dateLayout = "2006-01-02"

// ParseDate reads a day in the form 2027-05-21. The empty text is the zero Date.
func ParseDate(text string) (Date, error) {
	if text == "" {
		return Date{}, nil
	}
	t, err := time.Parse(dateLayout, text)
	if err != nil {
		return Date{}, fmt.Errorf("%q is not a date like 2027-05-21", text)
	}
	return DateOf(t), nil
}

// DateOf returns the day of t in t's own time zone.
func DateOf(t time.Time) Date {
	y, m, d := t.Date()
	return Date{y, m, d}
}

// IsZero reports whether the day is unknown.
func (d Date) IsZero() bool { return d == Date{} }

// String returns the form 2027-05-21, or nothing for the zero Date.
func (d Date) String() string {
	if d.IsZero() {
		return ""
	}
	return d.midnight().Format(dateLayout)
}

// DaysFrom returns how many days lie between the day of now and d; negative when d has passed.
func (d Date) DaysFrom(now time.Time) int {
	const day = 24 * 60 * 60 // seconds; a Duration ends after 292 years
	return int((d.midnight().Unix() - DateOf(now).midnight().Unix()) / day)
}

// AddMonths returns the day n months later; the 31st becomes the last day of a shorter month.
func (d Date) AddMonths(n int) Date {
	first := time.Date(d.Year, d.Month+time.Month(n), 1, 0, 0, 0, 0, time.UTC)
	last := first.AddDate(0, 1, -1).Day()
	return Date{first.Year(), first.Month(), min(d.Day, last)}
}

// After reports whether d is later than e.
func (d Date) After(e Date) bool { return d.midnight().After(e.midnight()) }

func (d Date) midnight() time.Time { return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC) }

// MarshalText writes the form of String.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads what ParseDate reads.
func (d *Date) UnmarshalText(text []byte) error {
	parsed, err := ParseDate(string(text))
	if err == nil {
		*d = parsed
	}
	return err
}
