package store

// A secret that is to take another's place is stored beside it, under the same
// key with a slot added. The record of the connection names the slots in use,
// so that one atomic write of that record changes from one secret to the other.

// NewSlot returns a slot that no key has had before.
func NewSlot() string { return NewID()[:12] }

// SlotKey adds a slot to a Vault's key; the empty slot is the key itself.
func SlotKey(key, slot string) string {
	if slot == "" {
		return key
	}
	return key + "." + slot
}

// SecretKey is the Vault's key of the client secret in use.
func (c Connection) SecretKey() string { return SlotKey(ClientSecretKey(c.ID), c.CredentialSlot) }

// CertificateKey is the Vault's key of the certificate in use.
func (c Connection) CertificateKey() string { return SlotKey(CertificateKey(c.ID), c.CredentialSlot) }

// RefreshKey is the Vault's key of the refresh token in use.
func (c Connection) RefreshKey() string { return SlotKey(RefreshTokenKey(c.ID), c.SignInSlot) }

// CredentialKey is the Vault's key of what the application proves itself with:
// the certificate where there is one, the client secret otherwise.
func (c Connection) CredentialKey() string {
	if c.Certificate != nil {
		return c.CertificateKey()
	}
	return c.SecretKey()
}

// Uses reports whether key is one of the keys in use.
func (c Connection) Uses(key string) bool { return key == c.CredentialKey() || key == c.RefreshKey() }
