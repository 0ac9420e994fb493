package handover

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	ics "github.com/arran4/golang-ical"

	"postkey/assets"
	"postkey/store"
)

func calendarOf(t *testing.T, r Reminder) string {
	t.Helper()
	var file bytes.Buffer
	if err := WriteCalendar(&file, r); err != nil {
		t.Fatal(err)
	}
	return file.String()
}

// unfold checks the form of RFC 5545 section 3.1, which every calendar expects,
// and returns the content lines.
func unfold(t *testing.T, file string) []string {
	t.Helper()
	if !strings.HasSuffix(file, "\r\n") || !utf8.ValidString(file) {
		t.Error("the file does not end with CRLF, or is no UTF-8")
	}
	if bare := strings.ReplaceAll(file, "\r\n", ""); strings.ContainsAny(bare, "\r\n") {
		t.Error("a line ends with something else than CRLF")
	}
	var lines []string
	for _, line := range strings.Split(strings.TrimSuffix(file, "\r\n"), "\r\n") {
		if len(line) > 75 {
			t.Errorf("a line has %d octets: %q", len(line), line)
		}
		if !utf8.ValidString(line) {
			t.Errorf("a character is cut: %q", line)
		}
		if rest, folded := strings.CutPrefix(line, " "); folded && len(lines) > 0 {
			lines[len(lines)-1] += rest
		} else {
			lines = append(lines, line)
		}
	}
	return lines
}

// unescape reads a TEXT value (RFC 5545 section 3.3.11) letter by letter.
func unescape(t *testing.T, value string) string {
	t.Helper()
	var b strings.Builder
	for i := 0; i < len(value); i++ {
		switch {
		case value[i] == ',' || value[i] == ';':
			t.Errorf("%q is not escaped in %q", value[i], value)
		case value[i] != '\\':
			b.WriteByte(value[i])
		case i+1 < len(value) && strings.IndexByte(`\;,`, value[i+1]) >= 0:
			i++
			b.WriteByte(value[i])
		case i+1 < len(value) && (value[i+1] == 'n' || value[i+1] == 'N'):
			i++
			b.WriteByte('\n')
		default:
			t.Errorf("a backslash escapes nothing in %q", value)
		}
	}
	return b.String()
}

func valueOf(t *testing.T, lines []string, name string) string {
	t.Helper()
	for _, line := range lines {
		if value, found := strings.CutPrefix(line, name+":"); found {
			return value
		}
	}
	t.Fatalf("no %s in %q", name, lines)
	return ""
}

func TestCalendarIsAsTheStandardWants(t *testing.T) {
	lines := unfold(t, calendarOf(t, Reminder{Catalog: loadCatalog(t), Connection: someConnection(), Now: noon}))
	count := func(want string) (n int) {
		for _, line := range lines {
			if line == want {
				n++
			}
		}
		return n
	}
	for want, times := range map[string]int{
		"BEGIN:VCALENDAR": 1, "VERSION:2.0": 1, "BEGIN:VEVENT": 1, "END:VEVENT": 1, "END:VCALENDAR": 1,
		"UID:0123456789abcdef0123456789abcdef-20270521@postkey": 1, "DTSTAMP:20261122T120000Z": 1,
		"DTSTART;VALUE=DATE:20270521": 1, "DTEND;VALUE=DATE:20270522": 1,
		"BEGIN:VALARM": 2, "END:VALARM": 2, "ACTION:DISPLAY": 2, "TRIGGER:-P30D": 1, "TRIGGER:-P7D": 1,
	} {
		if count(want) != times {
			t.Errorf("%s stands there %d times", want, count(want))
		}
	}
	if lines[0] != "BEGIN:VCALENDAR" || lines[len(lines)-1] != "END:VCALENDAR" {
		t.Errorf("the calendar begins with %q", lines[0])
	}
	if at := strings.Index(strings.Join(lines, "\n"), "-P30D"); at > strings.Index(strings.Join(lines, "\n"), "-P7D") {
		t.Error("the alarm that Outlook keeps is not the earlier one")
	}
}

// TestCalendarComesBack parses the file with the library and by hand.
func TestCalendarComesBack(t *testing.T) {
	hostile := "Büro; \"A\", \\n C:\\temp\r\nEND:VEVENT\r\nBEGIN:VALARM\u2028\u0085x\x00\x7f 🎉סוד" + strings.Repeat(" long,name;", 30) + strings.Repeat("é", 200)
	for name, change := range map[string]func(*Reminder){
		"usual":   func(*Reminder) {},
		"italian": func(r *Reminder) { r.Say = italian },
		"hostile": func(r *Reminder) {
			r.Connection.Name, r.Connection.Mailbox.Address = hostile, hostile
			r.Connection.ClientID, r.Connection.TenantID = hostile, hostile
		},
		"not UTF-8": func(r *Reminder) { r.Connection.Name = "a\xff\xfe" + strings.Repeat("\xf0\x9f", 100) },
		"empty":     func(r *Reminder) { r.Connection.Name, r.Connection.Cloud = "", "gone" },
	} {
		t.Run(name, func(t *testing.T) {
			r := Reminder{Catalog: loadCatalog(t), Connection: someConnection(), Now: noon, Practice: true}
			change(&r)
			file := calendarOf(t, r)
			lines := unfold(t, file)
			calendar, err := ics.ParseCalendar(strings.NewReader(file))
			if err != nil || len(calendar.Events()) != 1 {
				t.Fatalf("%d events, %v", len(calendar.Events()), err)
			}
			event := calendar.Events()[0]
			if n := len(event.Alarms()); n != 2 {
				t.Errorf("%d alarms", n)
			}
			day, err := event.GetAllDayStartAt()
			if err != nil || day.Format(time.DateOnly) != "2027-05-21" {
				t.Errorf("the day is %v, %v", day, err)
			}
			say := r.Say
			if say == nil {
				say = assets.Message.String
			}
			before := strings.TrimSpace(say(assets.Msg("calendar.summary", "Name", "")))
			summary := unescape(t, valueOf(t, lines, "SUMMARY"))
			if !strings.HasPrefix(summary, before) {
				t.Errorf("the summary is %q", summary)
			}
			if name != "not UTF-8" && !strings.Contains(plain(summary), plain(r.Connection.Name)) {
				t.Errorf("the name is lost: %q", summary)
			}
			unescape(t, valueOf(t, lines, "DESCRIPTION"))
		})
	}
}

// plain leaves the letters that a calendar keeps as they are.
func plain(text string) string {
	return strings.Join(strings.FieldsFunc(text, func(r rune) bool {
		return r <= ' ' || r == 0x7f || r == 0x85 || r == '\u2028' || r == utf8.RuneError
	}), "")
}

func TestCalendarOfTheSameDayIsTheSameEvent(t *testing.T) {
	r := Reminder{Catalog: loadCatalog(t), Connection: someConnection(), Now: noon}
	first := valueOf(t, unfold(t, calendarOf(t, r)), "UID")
	r.Connection.Name, r.Now, r.Say = "another name", noon.AddDate(0, 1, 0), italian
	if again := valueOf(t, unfold(t, calendarOf(t, r)), "UID"); again != first {
		t.Errorf("%q became %q", first, again)
	}
	r.Connection.SecretExpires.Day++
	if other := valueOf(t, unfold(t, calendarOf(t, r)), "UID"); other == first {
		t.Error("another day has the same UID")
	}
	r.Connection = someConnection()
	r.Connection.ID = "ffff"
	if other := valueOf(t, unfold(t, calendarOf(t, r)), "UID"); other == first {
		t.Error("another connection has the same UID")
	}
}

func TestCalendarNeedsADay(t *testing.T) {
	for _, change := range []func(*store.Connection){
		func(c *store.Connection) { c.SecretExpires = store.Date{} },
		func(c *store.Connection) { c.Platform = "desktop" },
	} {
		r := Reminder{Catalog: loadCatalog(t), Connection: someConnection()}
		change(&r.Connection)
		var file bytes.Buffer
		if err := WriteCalendar(&file, r); !errors.Is(err, ErrNoDay) || file.Len() != 0 {
			t.Errorf("%v, %d bytes", err, file.Len())
		}
	}
}

func TestCalendarAtTheEndOfAMonth(t *testing.T) {
	r := Reminder{Catalog: loadCatalog(t), Connection: someConnection(), Now: noon}
	r.Connection.SecretExpires = store.Date{Year: 2027, Month: time.December, Day: 31}
	lines := unfold(t, calendarOf(t, r))
	if got := valueOf(t, lines, "DTEND;VALUE=DATE"); got != "20280101" {
		t.Errorf("the day ends on %s", got)
	}
}
