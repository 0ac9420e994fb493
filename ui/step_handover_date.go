package ui

import (
	"strconv"
	"time"

	"postkey/store"
)

// dayText is a day in the reader's words, such as 21 May 2027.
func dayText(d store.Date) string {
	return tr("page-date.day", "Day", d.Day, "Year", d.Year,
		"Month", tr("page-date.month-"+strconv.Itoa(int(d.Month))))
}

// momentText is a day and the time of day on this computer's clock.
func momentText(t time.Time) string {
	t = t.Local()
	return tr("page-date.moment", "Date", dayText(store.DateOf(t)), "Time", t.Format("15:04"))
}
