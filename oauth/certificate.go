package oauth

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1" // the portal lists certificates by this hash; it protects nothing
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"strings"
	"time"
	"unicode"
)

// ErrCertificate is wrapped by every error about a certificate and its private
// key; no error repeats what was read.
var ErrCertificate = errors.New("the certificate is not usable")

const (
	keyBits = 2048 // Microsoft Learn: Certificate credentials; the portal's own examples have it
	// maxKeyBits bounds what ParseCertificate takes, because checking a key takes
	// longer with its length.
	maxKeyBits = 8192
	// maxCertificate bounds the vault's form in bytes.
	maxCertificate = 32 << 10
	// maxCommonName is X.520's bound.
	maxCommonName          = 64
	pemCertificate, pemKey = "CERTIFICATE", "PRIVATE KEY"
)

// Certificate is a certificate with its private key, by which an application
// proves itself instead of with a client secret (Microsoft Learn: Microsoft
// identity platform application authentication certificate credentials). The
// certificate is public and is uploaded in the portal; the key leaves this
// type through Secret alone. Printing, logging and JSON encoding yield Redacted.
//
// It never changes and may be used from any goroutine. Compare with Equal.
type Certificate struct {
	// A pointer for Secret's reason: fmt prints its address where it cannot call
	// our methods.
	held *heldKey
}

type heldKey struct {
	leaf *x509.Certificate
	key  *rsa.PrivateKey
}

// NewCertificate makes an RSA key of 2048 bits and a certificate signed by
// itself that is valid from five minutes before now for life. The common name is
// cut at 64 characters.
func NewCertificate(commonName string, now time.Time, life time.Duration) (*Certificate, error) {
	name := tidyName(commonName)
	if name == "" || life <= 0 {
		return nil, fmt.Errorf("%w: it needs a name and a life", ErrCertificate)
	}
	key, err := rsa.GenerateKey(rand.Reader, keyBits)
	if err != nil {
		return nil, fmt.Errorf("%w: making a key: %w", ErrCertificate, err)
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return nil, fmt.Errorf("%w: making a number: %w", ErrCertificate, err)
	}
	template := &x509.Certificate{
		SerialNumber:          serial,
		Subject:               pkix.Name{CommonName: name},
		NotBefore:             now.Add(-maxSkew),
		NotAfter:              now.Add(life),
		KeyUsage:              x509.KeyUsageDigitalSignature,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
		BasicConstraintsValid: true,
		SignatureAlgorithm:    x509.SHA256WithRSA,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, fmt.Errorf("%w: signing it: %w", ErrCertificate, err)
	}
	return certificateOf(der, key)
}

// tidyName is a common name without what no name may hold.
func tidyName(name string) string {
	name = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(name, ""))
	runes := []rune(strings.TrimSpace(name))
	return strings.TrimSpace(string(runes[:min(len(runes), maxCommonName)]))
}

// ParseCertificate reads the vault's form, see Secret: one certificate and its
// RSA key of 2048 to 8192 bits, unencrypted, and nothing else. Whether the
// certificate has ended is not looked at. Errors wrap ErrCertificate.
func ParseCertificate(form Secret) (*Certificate, error) {
	rest := []byte(form.Reveal())
	if len(rest) > maxCertificate {
		return nil, fmt.Errorf("%w: it is too long", ErrCertificate)
	}
	blocks := make(map[string][]byte)
	for rest = bytes.TrimSpace(rest); len(rest) > 0; rest = bytes.TrimSpace(rest) {
		begins := bytes.HasPrefix(rest, []byte("-----BEGIN "))
		var block *pem.Block
		block, rest = pem.Decode(rest)
		if !begins || block == nil {
			return nil, fmt.Errorf("%w: there is text that is not PEM", ErrCertificate)
		}
		if _, twice := blocks[block.Type]; twice || block.Type != pemCertificate && block.Type != pemKey {
			return nil, fmt.Errorf("%w: one certificate and one private key are expected", ErrCertificate)
		}
		blocks[block.Type] = block.Bytes
	}
	if len(blocks) != 2 {
		return nil, fmt.Errorf("%w: the certificate or its private key is missing", ErrCertificate)
	}
	parsed, err := x509.ParsePKCS8PrivateKey(blocks[pemKey])
	key, isRSA := parsed.(*rsa.PrivateKey)
	if err != nil || !isRSA {
		return nil, fmt.Errorf("%w: the private key is not an RSA key", ErrCertificate)
	}
	return certificateOf(blocks[pemCertificate], key)
}

// certificateOf makes sure that certificate and key belong together.
func certificateOf(der []byte, key *rsa.PrivateKey) (*Certificate, error) {
	leaf, err := x509.ParseCertificate(der)
	switch {
	case err != nil:
		return nil, fmt.Errorf("%w: it cannot be read", ErrCertificate)
	case key.N.BitLen() < keyBits || key.N.BitLen() > maxKeyBits:
		return nil, fmt.Errorf("%w: its key has %d bits", ErrCertificate, key.N.BitLen())
	case !key.PublicKey.Equal(leaf.PublicKey):
		return nil, fmt.Errorf("%w: the private key is another certificate's", ErrCertificate)
	}
	return &Certificate{&heldKey{leaf, key}}, nil
}

// Secret returns the vault's form: certificate and private key (PKCS #8) in PEM.
func (c *Certificate) Secret() Secret {
	key, err := x509.MarshalPKCS8PrivateKey(c.held.key)
	if err != nil { // it never fails for an RSA key
		return Secret{}
	}
	return NewSecret(string(c.PEM()) + string(pem.EncodeToMemory(&pem.Block{Type: pemKey, Bytes: key})))
}

// DER returns the certificate alone, without the private key.
func (c *Certificate) DER() []byte { return bytes.Clone(c.held.leaf.Raw) }

// PEM returns the certificate alone in PEM, which the portal takes as a .cer file.
func (c *Certificate) PEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: pemCertificate, Bytes: c.held.leaf.Raw})
}

// Thumbprint is the SHA-1 of the certificate in hex, in capitals, as the portal
// lists it.
func (c *Certificate) Thumbprint() string {
	sum := sha1.Sum(c.held.leaf.Raw)
	return strings.ToUpper(hex.EncodeToString(sum[:]))
}

// NotAfter is the end of the certificate's validity.
func (c *Certificate) NotAfter() time.Time { return c.held.leaf.NotAfter }

// Subject is the common name.
func (c *Certificate) Subject() string { return c.held.leaf.Subject.CommonName }

// Equal reports whether both are the same certificate; two nils are equal.
func (c *Certificate) Equal(d *Certificate) bool {
	if c == nil || d == nil {
		return c == d
	}
	return bytes.Equal(c.held.leaf.Raw, d.held.leaf.Raw)
}

// String returns Redacted.
func (c Certificate) String() string { return Redacted }

// GoString returns Redacted, so that %#v does not print the key.
func (c Certificate) GoString() string { return Redacted }

// Format writes Redacted for every verb, so that no verb prints the key.
func (c Certificate) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, Redacted) }

// MarshalText returns Redacted; encoding/json uses it too.
func (c Certificate) MarshalText() ([]byte, error) { return []byte(Redacted), nil }

// LogValue returns Redacted for log/slog.
func (c Certificate) LogValue() slog.Value { return slog.StringValue(Redacted) }
