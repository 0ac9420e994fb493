package oauth

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"math/big"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"
)

// testCertificate is one certificate for the tests that do not care which.
var testCertificate = sync.OnceValue(func() *Certificate { return mustCertificate("Postkey test", testNow) })

func mustCertificate(name string, now time.Time) *Certificate {
	c, err := NewCertificate(name, now, 365*24*time.Hour)
	if err != nil {
		panic(err)
	}
	return c
}

// TestNewCertificate reads the certificate as the portal would.
func TestNewCertificate(t *testing.T) {
	c := mustCertificate("XCALLY – Contoso", testNow)
	leaf, err := x509.ParseCertificate(c.DER())
	if err != nil {
		t.Fatal(err)
	}
	if err := leaf.CheckSignature(leaf.SignatureAlgorithm, leaf.RawTBSCertificate, leaf.Signature); err != nil {
		t.Errorf("not signed by itself: %v", err)
	}
	key, isRSA := leaf.PublicKey.(*rsa.PublicKey)
	if !isRSA || key.N.BitLen() != 2048 || leaf.SignatureAlgorithm != x509.SHA256WithRSA {
		t.Errorf("%v with %v", leaf.PublicKeyAlgorithm, leaf.SignatureAlgorithm)
	}
	if leaf.IsCA || leaf.KeyUsage != x509.KeyUsageDigitalSignature || leaf.SerialNumber.Sign() <= 0 {
		t.Errorf("CA %v, usage %v, serial %v", leaf.IsCA, leaf.KeyUsage, leaf.SerialNumber)
	}
	if leaf.NotBefore.After(testNow) || !leaf.NotAfter.Equal(testNow.Add(365*24*time.Hour)) || !c.NotAfter().Equal(leaf.NotAfter) {
		t.Errorf("valid from %v to %v", leaf.NotBefore, leaf.NotAfter)
	}
	if leaf.Subject.CommonName != "XCALLY – Contoso" || c.Subject() != leaf.Subject.CommonName {
		t.Errorf("subject %q, %q", leaf.Subject.CommonName, c.Subject())
	}
	sum := sha1.Sum(c.DER())
	if c.Thumbprint() != strings.ToUpper(hex.EncodeToString(sum[:])) {
		t.Errorf("thumbprint %s", c.Thumbprint())
	}
	block, rest := pem.Decode(c.PEM())
	if block == nil || block.Type != "CERTIFICATE" || !bytes.Equal(block.Bytes, c.DER()) || len(rest) != 0 {
		t.Error("the .cer holds something else than the certificate")
	}
	if other := mustCertificate("XCALLY – Contoso", testNow); c.Equal(other) || other.Thumbprint() == c.Thumbprint() {
		t.Error("two certificates are the same")
	}
}

func TestCertificateNames(t *testing.T) {
	for name, want := range map[string]string{
		"Postkey":                       "Postkey",
		" line\r\nbreak\x00 ":           "linebreak",
		strings.Repeat("é", 100):        strings.Repeat("é", 64),
		"CN=a, O=b; \"quoted\" <c> + d": "CN=a, O=b; \"quoted\" <c> + d",
		"bad \xff bytes":                "bad  bytes",
		"\u202eevil":                    "evil",
	} {
		c, err := NewCertificate(name, testNow, time.Hour)
		if err != nil {
			t.Errorf("%q: %v", name, err)
			continue
		}
		again, err := ParseCertificate(c.Secret())
		if err != nil || again.Subject() != want || !utf8.ValidString(again.Subject()) {
			t.Errorf("%q: %q, %v", name, c.Subject(), err)
		}
	}
	for _, name := range []string{"", " \t", "\x00"} {
		if _, err := NewCertificate(name, testNow, time.Hour); !errors.Is(err, ErrCertificate) {
			t.Errorf("%q: %v", name, err)
		}
	}
	if _, err := NewCertificate("Postkey", testNow, 0); !errors.Is(err, ErrCertificate) {
		t.Errorf("no life: %v", err)
	}
}

func TestParseCertificate(t *testing.T) {
	c := testCertificate()
	form := c.Secret().Reveal()
	again, err := ParseCertificate(c.Secret())
	if err != nil {
		t.Fatal(err)
	}
	if !again.Equal(c) || !c.Equal(again) || again.Secret().Reveal() != form || !again.held.key.Equal(c.held.key) {
		t.Error("not the same when read again")
	}
	if len(form) > maxCertificate/4 {
		t.Errorf("%d bytes for the vault", len(form))
	}
	certificate, key, _ := strings.Cut(form, "-----BEGIN PRIVATE KEY-----")
	key = "-----BEGIN PRIVATE KEY-----" + key
	other := mustCertificate("Other", testNow)
	for name, text := range map[string]string{
		"windows lines": strings.ReplaceAll(form, "\n", "\r\n"), "key first": key + certificate, "blanks around": "\n " + form + "\n\t\n",
	} {
		if got, err := ParseCertificate(NewSecret(text)); err != nil || !got.Equal(c) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, text := range map[string]string{
		"nothing":             "",
		"other text":          "planted",
		"text before":         "planted\n" + form,
		"text behind":         form + "planted",
		"certificate alone":   certificate,
		"key alone":           key,
		"twice":               form + certificate,
		"cut":                 form[:len(form)-200],
		"another's key":       string(other.PEM()) + key,
		"another kind":        form + "-----BEGIN X-----\nAAAA\n-----END X-----\n",
		"key in the wrong":    strings.ReplaceAll(form, "CERTIFICATE", "PRIVATE KEY"),
		"not a certificate":   strings.Replace(form, string(c.PEM()), "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", 1),
		"too long":            form + strings.Repeat("\n", maxCertificate),
		"short RSA key":       shortKeyForm(t),
		"elliptic curve":      curveForm(t),
		"PKCS 1 key":          certificate + string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(c.held.key)})),
		"key of another size": strings.Replace(form, "PRIVATE KEY-----\nMII", "PRIVATE KEY-----\nMIJ", 1),
	} {
		got, err := ParseCertificate(NewSecret(text))
		if !errors.Is(err, ErrCertificate) || got != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		search(t, name, everything(err), append(keyMaterial(), "planted"))
	}
}

// shortKeyForm is a vault's form with a key of 1024 bits.
func shortKeyForm(t *testing.T) string {
	t.Helper()
	t.Setenv("GODEBUG", "rsa1024min=0")
	key, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	return formOf(t, key)
}

func curveForm(t *testing.T) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return formOf(t, key)
}

// formOf signs a certificate for a key and puts both into the vault's form.
func formOf(t *testing.T, key crypto.Signer) string {
	t.Helper()
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: testNow, NotAfter: testNow.Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})) +
		string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}))
}

func TestCertificateEqual(t *testing.T) {
	c, other := testCertificate(), mustCertificate("Other", testNow)
	var none *Certificate
	if !none.Equal(nil) || none.Equal(c) || c.Equal(nil) || c.Equal(other) || !c.Equal(c) {
		t.Error("equal is wrong")
	}
	der := c.DER()
	der[0]++
	if !bytes.Equal(c.DER(), c.held.leaf.Raw) || bytes.Equal(der, c.DER()) {
		t.Error("a caller changed the certificate")
	}
}
