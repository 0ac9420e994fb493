package cli

import (
	"context"
	"encoding/json"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

func TestExplain(t *testing.T) {
	for name, c := range map[string]struct {
		args []string
		in   string
		want []string
	}{
		"code":              {[]string{"explain", "--json", "AADSTS7000222"}, "", []string{"secret-expired"}},
		"words not quoted":  {[]string{"explain", "AADSTS50011:", "The", "redirect", "URI", "--json"}, "", []string{"redirect-not-registered"}},
		"hyphen first":      {[]string{"--json", "explain", "-ERR Authentication failure: unknown user name or bad password."}, "", []string{"pop-auth-failed"}},
		"behind two":        {[]string{"explain", "--json", "--", "--json", "AADSTS65001"}, "", []string{"consent-needed"}},
		"unknown":           {[]string{"explain", "--json", "the printer is on fire"}, "", []string{"unknown"}},
		"standard input":    {[]string{"explain", "--json"}, "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant.\n", []string{"smtp-auth-disabled-tenant"}},
		"most specific 1st": {[]string{"explain", "--json"}, "10:01 AADSTS7000222: expired\n" + strings.Repeat("x\n", 500) + "10:02 A1 NO AUTHENTICATE failed.\n", nil},
		"log of XCALLY":     {[]string{"explain", "--json"}, `{"level":"error","message":"Invalid login: 535 5.7.3 Authentication unsuccessful [AM0PR01CA0107.eurprd01.prod.exchangelabs.com]","timestamp":"2026-11-20 10:00:01"}`, []string{"smtp-auth-failed"}},
		"data with a value": {[]string{"--data", "explain", "explain", "--json", "AADSTS65001"}, "", []string{"consent-needed"}},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRun(t)
			r.In = strings.NewReader(c.in)
			if status := r.Run(t.Context(), c.args); status != ExitOK {
				t.Fatalf("exit %d: %s", status, r.err.String())
			}
			var got struct{ Findings []struct{ ID, Who string } }
			if err := json.Unmarshal(r.out.Bytes(), &got); err != nil {
				t.Fatalf("%v: %s", err, r.out.String())
			}
			var ids []string
			for _, f := range got.Findings {
				ids = append(ids, f.ID)
			}
			if c.want == nil { // the stronger sign stands first
				c.want = []string{"secret-expired"}
				ids = ids[:min(1, len(ids))]
			}
			if !slices.Equal(ids, c.want) {
				t.Errorf("got %v, want %v", ids, c.want)
			}
		})
	}
}

func TestExplainForPeople(t *testing.T) {
	r := newRun(t)
	if status := r.Run(t.Context(), []string{"explain", "AADSTS7000222"}); status != ExitOK {
		t.Fatalf("exit %d", status)
	}
	for _, want := range []string{"[secret-expired]", "1. ", "the server said: AADSTS7000222"} {
		if !strings.Contains(r.out.String(), want) {
			t.Errorf("%q is missing in\n%s", want, r.out.String())
		}
	}
}

// A number that is not known is said to be so, with the page to look it up, and
// a secret beside it is not repeated.
func TestExplainUnknownNumber(t *testing.T) {
	r := newRun(t)
	if status := r.Run(t.Context(), []string{"explain", "AADSTS9999999: new, client_secret=hunter2-and-more"}); status != ExitOK {
		t.Fatalf("exit %d", status)
	}
	for _, want := range []string{"does not know the error AADSTS9999999 [unknown]", "see https://login.microsoftonline.com/error?code=9999999\n"} {
		if !strings.Contains(r.out.String(), want) {
			t.Errorf("%q is missing in\n%s", want, r.out.String())
		}
	}
	if strings.Contains(r.out.String()+r.err.String(), "hunter2") {
		t.Errorf("the secret is repeated in\n%s", r.out.String())
	}
}

func TestExplainWrongUse(t *testing.T) {
	for name, args := range map[string][]string{
		"nothing":     {"explain"},
		"only blanks": {"explain", "  "},
		"import":      {"explain", "--import", "x.json", "AADSTS65001"},
	} {
		r := newRun(t)
		if status := r.Run(t.Context(), args); status != ExitUsage || r.err.Len() == 0 {
			t.Errorf("%s: exit %d, %q", name, status, r.err.String())
		}
	}
	r := newRun(t)
	if status := r.Run(t.Context(), []string{"explain", "--help"}); status != ExitOK || !strings.Contains(r.out.String(), "standard input") {
		t.Errorf("--help: exit %d, %s", status, r.out.String())
	}
}

// Of a log that is longer than what is kept, the newest lines count.
func TestExplainReadsToTheEnd(t *testing.T) {
	long := strings.Repeat("12345678", 100) + "END!"
	for most, want := range map[int]string{
		2000: long, 808: long,
		400: strings.Repeat("12345678", 25) + "\n\n5678" + strings.Repeat("12345678", 24) + "END!",
	} {
		got, err := readEnds(iotest.OneByteReader(strings.NewReader(long)), most)
		if err != nil || string(got) != want {
			t.Errorf("%d: %d bytes, %v: %s", most, len(got), err, got)
		}
	}
	if _, err := readEnds(iotest.ErrReader(io.ErrUnexpectedEOF), 8); err == nil {
		t.Error("an error while reading is not told")
	}
}

// Ctrl+C ends the wait for a text that never comes.
func TestExplainCancelled(t *testing.T) {
	r := newRun(t)
	in, out := io.Pipe()
	defer out.Close()
	r.In = in
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if status := r.Run(ctx, []string{"explain"}); status != ExitCancelled {
		t.Errorf("exit %d", status)
	}
}
