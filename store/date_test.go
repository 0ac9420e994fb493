package store

import (
	"encoding/json"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestDate(t *testing.T) {
	for text, want := range map[string]Date{"": {}, "2027-05-21": {2027, 5, 21}, "2028-02-29": {2028, 2, 29}} {
		d, err := ParseDate(text)
		if err != nil || d != want || d.String() != text || d.IsZero() != (text == "") {
			t.Errorf("%q: %v, %v", text, d, err)
		}
	}
	for _, text := range []string{"21.05.2027", "2027-5-21", "2027-02-29", "2027-13-01", "soon", "2027-05-21T00:00:00Z", " "} {
		if d, err := ParseDate(text); err == nil {
			t.Errorf("%q is read as %v", text, d)
		}
	}
	d := Date{2027, 5, 21}
	zone := time.FixedZone("", 14*3600) // the day of the reader counts, not UTC's
	for now, want := range map[time.Time]int{
		time.Date(2027, 5, 21, 23, 59, 0, 0, zone):      0,
		time.Date(2027, 5, 20, 0, 1, 0, 0, zone):        1,
		time.Date(2027, 5, 22, 0, 0, 0, 0, time.UTC):    -1,
		time.Date(2026, 5, 21, 12, 0, 0, 0, time.Local): 365,
	} {
		if got := d.DaysFrom(now); got != want {
			t.Errorf("days from %v: %d, want %d", now, got, want)
		}
	}
	if !d.After(Date{2027, 5, 20}) || d.After(d) || d.After(Date{2028, 1, 1}) {
		t.Error("After")
	}
	for n, want := range map[int]Date{0: {2027, 5, 31}, 1: {2027, 6, 30}, 9: {2028, 2, 29}, 24: {2029, 5, 31}, -3: {2027, 2, 28}} {
		if got := (Date{2027, 5, 31}).AddMonths(n); got != want {
			t.Errorf("%d months later: %v, want %v", n, got, want)
		}
	}
}

// Each day survives being written and read.
// RFC 5280 writes an end that there is none of as 9999-12-31, which is beyond
// what a Duration holds; the change to summer time makes no day shorter.
func TestDaysFrom(t *testing.T) {
	rome, err := time.LoadLocation("Europe/Rome")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		now  time.Time
		day  Date
		want int
	}{
		{time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC), Date{9999, 12, 31}, 2912116},
		{time.Date(2027, 3, 27, 23, 59, 59, 0, rome), Date{2027, 3, 29}, 2}, // 46 hours
		{time.Date(2027, 10, 30, 0, 0, 0, 0, rome), Date{2027, 11, 1}, 2},   // 49 hours
		{time.Date(2027, 5, 21, 0, 0, 0, 0, rome), Date{2027, 5, 21}, 0},
		{time.Date(2027, 5, 20, 23, 59, 59, 999, rome), Date{2027, 5, 21}, 1},
		{time.Date(2027, 5, 22, 0, 0, 0, 0, time.FixedZone("", 14*3600)), Date{2027, 5, 21}, -1},
		{time.Date(2027, 5, 21, 23, 0, 0, 0, time.FixedZone("", -12*3600)), Date{2027, 5, 21}, 0},
	} {
		if got := c.day.DaysFrom(c.now); got != c.want {
			t.Errorf("%s at %s: %d days, want %d", c.day, c.now, got, c.want)
		}
	}
}

func TestDateText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := DateOf(time.Unix(rapid.Int64Range(0, 4e9).Draw(t, "seconds"), 0))
		text, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		var got Date
		if err := json.Unmarshal(text, &got); err != nil || got != want {
			t.Fatalf("%s: %v, %v", text, got, err)
		}
	})
}
