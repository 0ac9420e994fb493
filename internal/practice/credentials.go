package practice

import (
	"crypto/sha256"
	"crypto/x509"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"postkey/oauth"
)

// AppSecret is one row under Certificates & secrets. All Web registrations of
// the practice tenant share the list.
type AppSecret struct {
	// KeyID is the Secret ID beside the value.
	KeyID string
	Value oauth.Secret
	// Works is from when the value is accepted (AADSTS7000215 until then), Ends
	// until when (AADSTS7000222 afterwards).
	Works, Ends time.Time
}

// credentials are what the Web registrations prove themselves with.
type credentials struct {
	first AppSecret // what Values shows; it may have been removed since

	mu           sync.Mutex
	secrets      []AppSecret
	certificates []*x509.Certificate
}

func newCredentials(ends time.Time) *credentials {
	first := AppSecret{KeyID: secretID, Value: newClientSecret(), Ends: ends}
	return &credentials{first: first, secrets: []AppSecret{first}}
}

// AddSecret adds a client secret beside those there are, as New client secret in
// the portal does. It works after a delay, as new ones do at Entra; an end in the
// past makes an expired one.
func (t *Tenant) AddSecret(ends time.Time, delay time.Duration) AppSecret {
	s := AppSecret{KeyID: newGUID(), Value: newClientSecret(), Works: t.opts.Now().Add(delay), Ends: ends}
	t.keys.mu.Lock()
	defer t.keys.mu.Unlock()
	t.keys.secrets = append(t.keys.secrets, s)
	return s
}

// RemoveSecret deletes the client secret with that Secret ID (Values.SecretID is
// the first one's); false when there is none.
func (t *Tenant) RemoveSecret(keyID string) bool {
	t.keys.mu.Lock()
	defer t.keys.mu.Unlock()
	before := len(t.keys.secrets)
	t.keys.secrets = slices.DeleteFunc(t.keys.secrets, func(s AppSecret) bool { return s.KeyID == keyID })
	return len(t.keys.secrets) < before
}

// AddCertificate registers a certificate, in DER, for the Web registrations, as
// Upload certificate in the portal does. It may be registered already.
func (t *Tenant) AddCertificate(der []byte) error {
	c, err := x509.ParseCertificate(der)
	if err != nil {
		return fmt.Errorf("practice tenant: %w", err)
	}
	t.keys.mu.Lock()
	defer t.keys.mu.Unlock()
	t.keys.certificates = append(t.keys.certificates, c)
	return nil
}

// RemoveCertificate takes a certificate away; false when there is none like it.
func (t *Tenant) RemoveCertificate(der []byte) bool {
	t.keys.mu.Lock()
	defer t.keys.mu.Unlock()
	before := len(t.keys.certificates)
	t.keys.certificates = slices.DeleteFunc(t.keys.certificates, func(c *x509.Certificate) bool { return slices.Equal(c.Raw, der) })
	return len(t.keys.certificates) < before
}

// certificate finds a registered certificate by its SHA-256.
func (k *credentials) certificate(sum []byte) *x509.Certificate {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, c := range k.certificates {
		if own := sha256.Sum256(c.Raw); slices.Equal(own[:], sum) {
			return c
		}
	}
	return nil
}

// secret finds a client secret by its value.
func (k *credentials) secret(value oauth.Secret) (AppSecret, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	i := slices.IndexFunc(k.secrets, func(s AppSecret) bool { return s.Value.Equal(value) })
	if i < 0 {
		return AppSecret{}, false
	}
	return k.secrets[i], true
}

// clientProof is what a request proves its client with.
type clientProof struct {
	secret, assertion oauth.Secret
	assertionType     string
}

func (p clientProof) none() bool { return p.secret.IsZero() && p.assertion.IsZero() }

// authenticate checks the client: Web needs its secret or its certificate,
// Mobile and desktop must send neither.
func (t *Tenant) authenticate(r *http.Request, a *app, p clientProof) *aadError {
	switch {
	case a.public && p.none():
		return nil
	case a.public:
		return aad("invalid_client", 700025, "Client is public so neither 'client_assertion' nor 'client_secret' should be presented.")
	case p.none():
		return aad("invalid_client", 7000218, "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.")
	case !p.assertion.IsZero():
		return t.checkAssertion(r, a, p)
	}
	now := t.opts.Now()
	s, known := t.keys.secret(p.secret)
	switch {
	case t.broken(FaultSecretWrong) || !known || now.Before(s.Works):
		return aad("invalid_client", 7000215, "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '%s'.", a.id)
	case t.broken(FaultSecretExpired) || now.After(s.Ends):
		return aad("invalid_client", 7000222, "The provided client secret keys for app '%s' are expired. Visit the Azure portal to create new keys for your app: https://aka.ms/NewClientSecret, or consider using certificate credentials for added security: https://aka.ms/certCreds.", a.id)
	}
	return nil
}
