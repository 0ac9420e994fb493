package cli

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"postkey/internal/practice"
)

func TestPreflight(t *testing.T) {
	for name, c := range map[string]struct {
		fault  practice.Fault
		status int
		failed string
	}{
		"ready":     {"", ExitOK, ""},
		"untrusted": {practice.FaultCertificateUntrusted, ExitFailed, "tls-untrusted"},
		"clock":     {practice.FaultClockSkew, ExitFailed, "clock-skew"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRun(t)
			r.broken = c.fault
			if status := r.Run(t.Context(), []string{"preflight", "--practice", "--json", "--data", t.TempDir()}); status != c.status {
				t.Errorf("exit %d: %s%s", status, r.err.String(), r.out.String())
			}
			var got struct {
				Preflight []struct{ Line, State, Title, Finding string }
			}
			if err := json.Unmarshal(r.out.Bytes(), &got); err != nil {
				t.Fatalf("%v: %s", err, r.out.String())
			}
			var failed []string
			for _, l := range got.Preflight {
				if l.State == "failed" && !slices.Contains(failed, l.Finding) {
					failed = append(failed, l.Finding)
				}
			}
			if strings.Join(failed, " ") != c.failed || len(got.Preflight) < 10 {
				t.Errorf("failed: %q of %d lines", failed, len(got.Preflight))
			}
		})
	}
}

func TestPreflightForPeople(t *testing.T) {
	r := newRun(t)
	r.broken = practice.FaultNoSTARTTLS
	if status := r.Run(t.Context(), []string{"preflight", "--practice", "--data", t.TempDir()}); status != ExitFailed {
		t.Errorf("exit %d: %s", status, r.err.String())
	}
	for _, want := range []string{"over IPv4", "failed", "[starttls-missing]", "Keyring"} {
		if !strings.Contains(r.out.String(), want) {
			t.Errorf("%q is missing in\n%s", want, r.out.String())
		}
	}
	for _, args := range [][]string{{"preflight", "--import", "x"}, {"preflight", "a", "b"}, {"preflight", "--practice", "--data", t.TempDir(), "absent"}} {
		if status := newRun(t).Run(t.Context(), args); status != ExitUsage {
			t.Errorf("%q: exit %d", args, status)
		}
	}
}
