package ui

import (
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"postkey/store"
	"postkey/wizard"
)

// notified is an application whose desktop keeps what it was told.
type notified struct {
	fyne.App
	sent chan *fyne.Notification
}

// SendNotification implements fyne.App.
func (n notified) SendNotification(note *fyne.Notification) { n.sent <- note }

func TestDesktopIsToldOnceOfWhatEnds(t *testing.T) {
	for name, tt := range map[string]struct {
		days        map[string]int // until the client secret of the connection ends
		title, text []string       // what the notification holds; none is sent without
	}{
		"nothing saved": {},
		"nothing near":  {days: map[string]int{"Support": 31, "Sales": 200}},
		"one":           {map[string]int{"Support": 9, "Sales": 31}, []string{"Support", "9 days"}, []string{"2026-12-01"}},
		"tomorrow":      {map[string]int{"Support": 1}, []string{"Support", "tomorrow"}, []string{"2026-11-23"}},
		"over":          {map[string]int{"Support": -3}, []string{"Support"}, []string{"2026-11-19"}},
		"several": {
			map[string]int{"Support": 30, "Sales": -1, "Orders": 9, "Archive": 31},
			[]string{"3 "},
			[]string{"Sales, Orders, Support"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, rigOptions{})
			desktop := notified{r.fyne, make(chan *fyne.Notification, 10)}
			r.fyne = desktop
			close(r.seen) // as if the window were on the screen
			for name, days := range tt.days {
				last := r.clock.AddDate(0, 0, days)
				must(t, r.bench.Store.Put(t.Context(), store.Connection{
					ID: strings.ToLower(name), Name: name, Product: "xcally", Mode: wizard.ModeDelegated, Platform: wizard.PlatformWeb,
					SecretExpires: store.DateOf(last), Created: r.clock.Add(-time.Hour),
				}))
			}
			for range 3 { // the start, and coming back twice
				r.show(newHome(r.App))
				h := r.screen.(*home)
				r.until("Home has read the connections", func() bool { return r.notified && len(h.data.connections) == len(tt.days) })
			}
			r.group.Wait() // what is sent is sent beside the window
			close(desktop.sent)
			var sent []*fyne.Notification
			for n := range desktop.sent {
				sent = append(sent, n)
			}
			if tt.title == nil {
				if len(sent) != 0 {
					t.Errorf("sent %q", sent[0].Title)
				}
				return
			}
			if len(sent) != 1 {
				t.Fatalf("%d notifications", len(sent))
			}
			for _, word := range tt.title {
				if !strings.Contains(sent[0].Title, word) {
					t.Errorf("the title %q lacks %q", sent[0].Title, word)
				}
			}
			for _, word := range tt.text {
				if !strings.Contains(sent[0].Content, word) {
					t.Errorf("the text %q lacks %q", sent[0].Content, word)
				}
			}
		})
	}
}
