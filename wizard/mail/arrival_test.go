package mail

import (
	"strings"
	"testing"
)

func TestHeaderVerdict(t *testing.T) {
	m := Message{ID: "1@x", Mark: "c0ffee", Subject: "Postkey test message c0ffee"}
	for text, want := range map[string]verdict{
		"Message-ID: <1@x>":   itself,
		"message-id:<1@x>":    itself,
		"Message-ID:\n <1@x>": itself,
		"From: postmaster@contoso.example\nMessage-ID: <1@x>":     itself, // the mailbox tested may be the postmaster's
		"From: postmaster@contoso.example\nSubject: " + m.Subject: itself,
		"Message-ID: <11@x>":                                                               unrelated,
		"Subject: hello\n\nMessage-ID: <1@x>":                                              unrelated, // in the body
		"Subject: Automatic reply: c0ffee\nAuto-Submitted: auto-replied":                   unrelated,
		"Subject: Automatic reply: c0ffee\nAuto-Submitted: Auto-Replied":                   unrelated,
		"Subject: [#4711] " + m.Subject + "\nIn-Reply-To: <1@x>":                           unrelated, // a product acknowledges it
		"Subject: Re: c0ffee\nReferences: <0@x>\n <1@x>":                                   unrelated,
		"Subject: Undeliverable: c0ffee\nFrom: Postmaster <POSTMASTER@x.y>":                perhapsBounce,
		"Content-Type: multipart/report; report-type=delivery-status":                      perhapsBounce,
		"Content-Type: multipart/report;\n boundary=b":                                     perhapsBounce,
		"Content-Type: multipart/report; report-type=disposition-notification; boundary=b": unrelated,
		"From: Microsoft Outlook <MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@x>":    perhapsBounce,
		"": unrelated, ":": unrelated, " folded without a field": unrelated, "no colon": unrelated,
	} {
		if got := parseHeader(strings.Split(text, "\n")).is(m); got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}

func TestReport(t *testing.T) {
	m := Message{ID: "1@x", Mark: "c0ffee"}
	for _, c := range []struct {
		name, head, body string
		want             *BounceError
	}{
		{"failed", "Subject: sorry", "Action: failed\nStatus: 5.7.501\nDiagnostic-Code: smtp; 550 5.7.501 no\nOriginal: <1@x>", &BounceError{"5.7.501", "550 5.7.501 no"}},
		{"first counts", "", "Status: 5.1.1\nStatus: 5.2.2\nDiagnostic-Code: x-other; no\n<1@x>", &BounceError{"5.1.1", "x-other; no"}},
		{"by reply", "In-Reply-To: <1@x>\nSubject: sorry", "", &BounceError{"", "sorry"}},
		{"by references", "References: <0@x> <1@x>\nSubject: sorry", "", &BounceError{"", "sorry"}},
		{"by subject", "Subject: Undeliverable: c0ffee", "Status: nonsense", &BounceError{"", "Undeliverable: c0ffee"}},
		{"delayed", "In-Reply-To: <1@x>", "Action: delayed\nStatus: 4.4.1", nil},
		{"delivered", "In-Reply-To: <1@x>", "Action: delivered\nStatus: 2.0.0", nil},
		{"another's", "In-Reply-To: <2@x>", "Action: failed\nStatus: 5.1.1\nMessage-ID: <2@x>", nil},
	} {
		got := parseReport(parseHeader(strings.Split(c.head, "\n")), strings.Split(c.body, "\n"), m)
		if (got == nil) != (c.want == nil) || got != nil && *got != *c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
}

func TestEnhancedCode(t *testing.T) {
	for text, want := range map[string]string{
		"5.7.139 Authentication unsuccessful": "5.7.139", "2.0.0": "2.0.0", "": "", "5.7": "", "1.2.3 x": "", "5.x.3": "",
		"5.7.1000 x": "", "5.7.3.4 x": "", "outlook.office.com Hello": "", "52.1.1 x": "", "5.-1.2": "",
	} {
		if got := enhancedCode(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
