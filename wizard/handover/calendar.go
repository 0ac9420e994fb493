package handover

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"

	ics "github.com/arran4/golang-ical"

	"postkey/assets"
	"postkey/store"
	"postkey/wizard/catalog"
)

// Reminder is the day on which a client secret ends, for a calendar.
type Reminder struct {
	// Catalog holds the products and the portal. Required.
	Catalog *catalog.Catalog
	// Connection has the day: SecretExpires.
	Connection store.Connection
	// Say renders a text in the reader's language; nil: English.
	Say func(assets.Message) string
	// Now is the time stamp; the zero time: now.
	Now time.Time
	// Practice says that the secret is the practice tenant's.
	Practice bool
}

// ErrNoDay says that it is not known when the client secret ends, or that there is none.
var ErrNoDay = errors.New("the day on which the client secret ends is not known")

// alarms are the days before the end on which the calendar reminds.
var alarms = []int{30, 7}

// WriteCalendar writes the day as an iCalendar file (RFC 5545): one event of a
// whole day with two alarms, 30 and 7 days before. The same connection and day
// have the same UID, so that importing twice makes one event.
//
// The reminders are alarms of one event and no events of their own, because
// Outlook opens a file with one event as an appointment of the own calendar,
// and one with several as a calendar beside it, which reminds of nothing. Of
// several alarms Outlook keeps one (Microsoft: [MS-OXCICAL] 2.1.3.1.1.20.62,
// instances allowed: 0 or 1), so the earlier one comes first. They are relative
// to the start of the day, so that no time zone is needed.
func WriteCalendar(w io.Writer, r Reminder) error {
	c := r.Connection
	day := lastDay(c)
	if day.IsZero() || !proves(c) {
		return ErrNoDay
	}
	if r.Now.IsZero() {
		r.Now = time.Now()
	}
	if r.Say == nil {
		r.Say = assets.Message.String
	}
	start := time.Date(day.Year, day.Month, day.Day, 0, 0, 0, 0, time.UTC)

	calendar := ics.NewCalendarFor("Postkey")
	calendar.SetProductId("-//Postkey//Postkey//EN")
	calendar.SetCalscale("GREGORIAN")
	event := calendar.AddEvent(c.ID + "-" + start.Format("20060102") + "@postkey")
	event.SetDtStampTime(r.Now)
	event.SetAllDayStartAt(start)
	event.SetAllDayEndAt(start.AddDate(0, 0, 1)) // the end is exclusive
	summary := r.tr(r.pick("calendar.summary", "calendar.summary-certificate"), "Name", oneLine(c.Name))
	event.SetSummary(summary)
	event.SetDescription(r.description())
	event.SetTimeTransparency(ics.TransparencyTransparent)
	event.SetSequence(0)
	for _, days := range alarms {
		alarm := event.AddAlarm()
		alarm.SetAction(ics.ActionDisplay)
		alarm.SetTrigger(fmt.Sprintf("-P%dD", days))
		alarm.SetProperty(ics.ComponentPropertyDescription, summary)
	}
	return calendar.SerializeTo(w, ics.WithNewLine("\r\n"), ics.WithLineLength(75))
}

func (r Reminder) tr(key string, pairs ...any) string {
	return oneLine(r.Say(assets.Msg(key, pairs...)))
}

// pick returns the key for a client secret, or that for a certificate, which is
// nothing that the product needs.
func (r Reminder) pick(secret, certificate string) string {
	if r.Connection.Certificate != nil {
		return certificate
	}
	return secret
}

// description says what to do, and where.
func (r Reminder) description() string {
	c := r.Connection
	name, words := ProductName(r.Catalog, c)
	if name == "" {
		name = r.Say(words)
	}
	lines := []string{
		r.tr(r.pick("calendar.what", "calendar.what-certificate"), "Product", name, "Address", c.Mailbox.Address),
		r.tr(r.pick("calendar.do", "calendar.do-certificate"), "Product", name),
		r.tr("facts.client-id") + ": " + oneLine(c.ClientID),
		r.tr("facts.tenant-id") + ": " + oneLine(c.TenantID),
	}
	if cloud, err := r.Catalog.CloudOf(c); err == nil {
		page := catalog.PageSecrets
		if c.Certificate != nil {
			page = catalog.PageCertificates
		}
		place := r.Catalog.Portal(page, cloud, c)
		lines = append(lines, oneLine(strings.Join(place.Crumbs, " › ")))
		if place.URL != "" {
			lines = append(lines, oneLine(place.URL))
		}
	}
	if r.Practice {
		lines = append(lines, r.tr("sheet.practice"))
	}
	return strings.Join(lines, "\n")
}

// oneLine makes a value fit into a line: what would end a line or is no text
// becomes a space. The library escapes commas, semicolons, backslashes and line
// feeds, but no carriage return.
func oneLine(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "\uFFFD"))
	return strings.TrimSpace(text)
}
