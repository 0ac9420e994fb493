package wizard

import (
	"time"

	"postkey/assets"
	"postkey/store"
)

// Level says how near the end of a secret or certificate is.
type Level int

// The levels, each with the days that are left at most.
const (
	LevelNone     Level = iota // more than 30 days, or the end is unknown
	LevelMonth                 // 30 days
	LevelTwoWeeks              // 14 days
	LevelWeek                  // 7 days
	LevelDay                   // 1 day: it ends today or tomorrow
	LevelExpired               // the last day has passed
)

// levels are the days left from which each level holds, the nearest first.
var levels = []struct {
	days  int
	level Level
}{{-1, LevelExpired}, {1, LevelDay}, {7, LevelWeek}, {14, LevelTwoWeeks}, {30, LevelMonth}}

// Expiry is what is to be said of the end of a connection's secret.
type Expiry struct {
	Level Level
	// Known says that the last day is known; Days and Date mean nothing otherwise.
	Known bool
	// Days are left until the last day; 0 is today, less has passed.
	Days int
	Date store.Date
	// Certificate says that it is a certificate and no client secret that ends.
	Certificate bool
	// Title says it in a few words, Text in one sentence with what to do; both
	// are zero at LevelNone.
	Title, Text assets.Message
}

// Warning tells how near the end of the secret or certificate of c is, by the
// calendar of now.
func Warning(c store.Connection, now time.Time) Expiry {
	e := Expiry{Date: lastDay(c), Certificate: c.Certificate != nil}
	if e.Known = !e.Date.IsZero(); !e.Known {
		return e
	}
	e.Days = e.Date.DaysFrom(now)
	for _, l := range levels {
		if e.Days <= l.days {
			e.Level = l.level
			break
		}
	}
	if e.Level == LevelNone {
		return e
	}
	when, count := "days", []any{"Count", e.Days}
	switch {
	case e.Days < 0:
		when, count = "past", nil // a sentence without a plural form
	case e.Days == 0:
		when, count = "today", nil
	case e.Days == 1:
		when, count = "tomorrow", nil
	}
	key := "expiry.secret-" + when
	if e.Certificate {
		key = "expiry.cert-" + when
	}
	e.Title = assets.Msg(key+"-title", append([]any{"Name", c.Name}, count...)...)
	e.Text = assets.Msg(key, append([]any{"Date", e.Date.String()}, count...)...)
	return e
}

// lastDay is the last day of what c proves itself with; zero when unknown and
// where there is nothing that ends.
func lastDay(c store.Connection) store.Date {
	switch {
	case c.Certificate != nil && !c.Certificate.NotAfter.IsZero():
		return store.DateOf(c.Certificate.NotAfter.UTC())
	case c.Certificate == nil && !hasCredential(c):
		return store.Date{}
	}
	return c.SecretExpires
}
