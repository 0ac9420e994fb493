package diagnose

import (
	"postkey/assets"
	"postkey/wizard/check"
)

// Explain finds the cause of ev.Err. It always returns a finding; Unknown when
// nothing matches.
func Explain(ev Evidence) Finding {
	f := Finding{ID: Unknown, Who: You, Title: assets.Msg("findings.unknown.title")}
	if ev.Err != nil {
		f.Server = ev.Err.Error()
	}
	return f
}

// ExplainResult finds the causes of a failed test: each once, the most
// specific first. It is empty when the test passed.
func ExplainResult(res check.Result, ev Evidence) []Finding {
	return nil
}

// ExplainText finds the causes named in any text, the most specific first. It
// needs no network. The result is never empty.
func ExplainText(text string) []Finding {
	return []Finding{{ID: Unknown, Who: You, Title: assets.Msg("findings.unknown.title"), Server: text}}
}
