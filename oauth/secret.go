package oauth

import (
	"crypto/subtle"
	"fmt"
	"io"
	"log/slog"
)

// Redacted is what every printing of a Secret yields.
const Redacted = "[secret]"

// Secret is a value that must never be shown by accident: a client secret, an
// authorization code, an access token or a refresh token. Printing, logging
// and JSON encoding yield Redacted; only Reveal yields the value.
//
// The zero value is the empty secret. Compare with Equal: == compares identity.
type Secret struct {
	// A pointer, because fmt cannot call our methods on a field that is not
	// exported: of another package's struct it then prints an address.
	value *string
}

// NewSecret wraps value.
func NewSecret(value string) Secret {
	if value == "" {
		return Secret{}
	}
	return Secret{&value}
}

// Reveal returns the value itself. Call it only where the value leaves for its
// one destination: a request body, a keyring item, the clipboard.
func (s Secret) Reveal() string {
	if s.value == nil {
		return ""
	}
	return *s.value
}

// IsZero reports whether there is no value.
func (s Secret) IsZero() bool { return s.value == nil }

// Equal compares in constant time.
func (s Secret) Equal(t Secret) bool {
	return subtle.ConstantTimeCompare([]byte(s.Reveal()), []byte(t.Reveal())) == 1
}

// String returns Redacted.
func (s Secret) String() string { return Redacted }

// GoString returns Redacted, so that %#v does not print the value.
func (s Secret) GoString() string { return Redacted }

// Format writes Redacted for every verb, so that no verb prints the value.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, Redacted) }

// MarshalText returns Redacted; encoding/json uses it too.
func (s Secret) MarshalText() ([]byte, error) { return []byte(Redacted), nil }

// LogValue returns Redacted for log/slog.
func (s Secret) LogValue() slog.Value { return slog.StringValue(Redacted) }
