package check

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"postkey/store"
	"postkey/wizard/mail"
)

func TestRememberedHop(t *testing.T) {
	const words = "535 5.7.3 Authentication unsuccessful"
	for _, tt := range []struct {
		leg  Leg
		kept store.HopRecord
		code string
	}{
		{SMTP, store.HopRecord{Hop: "auth", Status: "failed", MS: 1400, Server: words + "\nmore"}, "535 5.7.3"},
		{SMTP, store.HopRecord{Hop: "send", Status: "failed", Server: "451 try later"}, "451"},
		{SMTP, store.HopRecord{Hop: "connect", Status: "failed", Server: "connection refused"}, ""},
		{SMTP, store.HopRecord{Hop: "auth", Status: "ok", Server: words}, ""},
		{Graph, store.HopRecord{Hop: "auth", Status: "failed", Server: words}, ""}, // no words of SMTP
		{IMAP, store.HopRecord{Hop: "open", Status: "ok", Detail: "1,204 mails"}, ""},
	} {
		hop := Remembered(tt.leg, tt.kept)
		if got := hop.ReplyCode(); got != tt.code {
			t.Errorf("%s %+v: code %q, want %q", tt.leg, tt.kept, got, tt.code)
		}
		if string(hop.Name) != tt.kept.Hop || string(hop.Status) != tt.kept.Status || hop.Server != tt.kept.Server ||
			hop.Detail != tt.kept.Detail || hop.Took != time.Duration(tt.kept.MS)*time.Millisecond || hop.Text.IsZero() != (hop.Name != Open) {
			t.Errorf("%+v became %+v", tt.kept, hop)
		}
	}
	wrapped := fmt.Errorf("smtp: %w", &mail.ServerError{Protocol: "SMTP", Code: 554, Enhanced: "5.2.252"})
	if got := (Hop{Err: wrapped}).ReplyCode(); got != "554 5.2.252" {
		t.Errorf("of a test that just ended: %q", got)
	}
	if got := (Hop{Err: errors.New("535 5.7.3")}).ReplyCode(); got != "" {
		t.Errorf("of words that are no answer: %q", got)
	}
}
