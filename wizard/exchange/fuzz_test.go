package exchange

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"postkey/wizard/pasted"
)

// fuzzRead feeds a reader with changed outputs of one command: it returns a
// reading whose lines can be said, or a ReadError, and never more lines than the
// output can have.
func fuzzRead(f *testing.F, command, protocols string) {
	for _, tt := range readings {
		if got, err := Read(tt.text, wanted(strings.Fields(tt.protocols)...)); err == nil && slices.Contains(got.Commands, command) {
			f.Add(tt.text)
		}
	}
	s := wanted(strings.Fields(protocols)...)
	f.Fuzz(func(t *testing.T, text string) {
		got, err := Read(text, s)
		var wrong *ReadError
		switch {
		case err != nil && (!errors.As(err, &wrong) || len(got.Lines)+len(got.Commands) > 0):
			t.Fatalf("%T beside %+v: %v", err, got, err)
		case err == nil && len(got.Commands) == 0:
			t.Fatal("neither a command nor an error")
		}
		for _, l := range got.Lines {
			checkLine(t, l)
			if !slices.Contains(Commands(), l.Command) || l.Finding != "" && l.State != Wrong || len([]rune(l.Present)) > 122 {
				t.Fatalf("%+v", l)
			}
			if l.State == Right && l.Needed == clientID && !strings.Contains(plain(strings.Join(pasted.Lines(text), "")), clientID) {
				t.Fatalf("right without the client ID: %+v", l)
			}
		}
	})
}

func FuzzReadPolicy(f *testing.F)           { fuzzRead(f, TestPolicy, "graph") }
func FuzzReadAuthorization(f *testing.F)    { fuzzRead(f, TestAuthorization, "graph ews") }
func FuzzReadServicePrincipal(f *testing.F) { fuzzRead(f, GetServicePrincipal, "imap") }
func FuzzReadCASMailbox(f *testing.F)       { fuzzRead(f, GetCASMailbox, "imap pop smtp ews") }
func FuzzReadTransportConfig(f *testing.F)  { fuzzRead(f, GetTransportConfig, "smtp") }
func FuzzReadOrganizationConfig(f *testing.F) {
	fuzzRead(f, GetOrganizationConf, "ews")
}
