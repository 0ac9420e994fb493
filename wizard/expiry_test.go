package wizard

import (
	"strings"
	"testing"
	"time"

	"postkey/assets"
	"postkey/store"
)

func TestWarning(t *testing.T) {
	now := time.Date(2027, 3, 10, 23, 30, 0, 0, time.FixedZone("", 3600))
	for days, want := range map[int]Level{
		31: LevelNone, 30: LevelMonth, 15: LevelMonth, 14: LevelTwoWeeks, 8: LevelTwoWeeks, 7: LevelWeek, 2: LevelWeek,
		1: LevelDay, 0: LevelDay, -1: LevelExpired, -400: LevelExpired,
	} {
		c := store.Connection{Name: "Support", Platform: PlatformWeb, SecretExpires: store.DateOf(now.AddDate(0, 0, days))}
		for _, certificate := range []bool{false, true} {
			if certificate {
				c.Certificate = &store.Certificate{NotAfter: time.Date(2027, 3, 10, 12, 0, 0, 0, time.UTC).AddDate(0, 0, days)}
			}
			got := Warning(c, now)
			if got.Level != want || got.Days != days || !got.Known || got.Certificate != certificate {
				t.Errorf("%d days, certificate %t: %+v", days, certificate, got)
			}
			for _, lang := range []string{"en", "it"} {
				title, text := assets.Text(lang, got.Title), assets.Text(lang, got.Text)
				if want == LevelNone {
					if title+text != "" {
						t.Errorf("%d days: %q, %q", days, title, text)
					}
					continue
				}
				if !strings.Contains(title, "Support") || !strings.Contains(text, got.Date.String()) || strings.Contains(title+text, "{{") {
					t.Errorf("%d days in %s: %q, %q", days, lang, title, text)
				}
			}
		}
	}
}

// Without a secret, or with one whose end nobody knows, there is no warning.
func TestNoWarning(t *testing.T) {
	now := time.Date(2027, 3, 10, 12, 0, 0, 0, time.UTC)
	for _, c := range []store.Connection{
		{Platform: PlatformWeb},
		{Platform: PlatformDesktop, SecretExpires: store.Date{Year: 2020, Month: 1, Day: 1}},
	} {
		if got := Warning(c, now); got.Known || got.Level != LevelNone {
			t.Errorf("%+v", got)
		}
	}
}
