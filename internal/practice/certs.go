package practice

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"time"
)

// certificates are made at start and never touch the disk, but for the
// authority's own certificate when Options.Dir asks for it. Their times follow
// the machine's clock, not the tenant's: TLS clients check against that.
type certificates struct {
	ca                              *x509.Certificate
	caPEM                           []byte
	good, otherName, old, untrusted tls.Certificate
}

func newCertificates() (*certificates, error) {
	caKey, ca, err := newAuthority("Postkey practice CA")
	if err != nil {
		return nil, err
	}
	strangerKey, stranger, err := newAuthority("Unknown CA")
	if err != nil {
		return nil, err
	}
	c := &certificates{ca: ca, caPEM: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: ca.Raw})}
	now := time.Now()
	for _, leaf := range []struct {
		into     *tls.Certificate
		issuer   *x509.Certificate
		key      *ecdsa.PrivateKey
		name     string
		notAfter time.Time
	}{
		{&c.good, ca, caKey, "localhost", now.AddDate(1, 0, 0)},
		{&c.otherName, ca, caKey, "outlook.fabrikam.example", now.AddDate(1, 0, 0)},
		{&c.old, ca, caKey, "localhost", now.Add(-24 * time.Hour)},
		{&c.untrusted, stranger, strangerKey, "localhost", now.AddDate(1, 0, 0)},
	} {
		if *leaf.into, err = newLeaf(leaf.name, leaf.notAfter, leaf.issuer, leaf.key); err != nil {
			return nil, err
		}
	}
	return c, nil
}

func newAuthority(name string) (*ecdsa.PrivateKey, *x509.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	template := &x509.Certificate{
		SerialNumber:          serial(),
		Subject:               pkix.Name{CommonName: name, Organization: []string{"Contoso (practice)"}},
		NotBefore:             time.Now().AddDate(0, 0, -7),
		NotAfter:              time.Now().AddDate(1, 0, 0),
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		BasicConstraintsValid: true,
		IsCA:                  true,
		MaxPathLenZero:        true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, nil, err
	}
	cert, err := x509.ParseCertificate(der)
	return key, cert, err
}

func newLeaf(name string, notAfter time.Time, issuer *x509.Certificate, issuerKey *ecdsa.PrivateKey) (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	template := &x509.Certificate{
		SerialNumber: serial(),
		Subject:      pkix.Name{CommonName: name},
		DNSNames:     []string{name},
		NotBefore:    time.Now().AddDate(0, 0, -7),
		NotAfter:     notAfter,
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	if name == "localhost" {
		template.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, issuer, key.Public(), issuerKey)
	if err != nil {
		return tls.Certificate{}, err
	}
	return tls.Certificate{Certificate: [][]byte{der, issuer.Raw}, PrivateKey: key}, nil
}

func serial() *big.Int {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails since Go 1.24
	return new(big.Int).SetBytes(b[:])
}

func (c *certificates) pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(c.ca)
	return pool
}

// mailTLS is the configuration of the mail servers; the certificate depends on
// the faults of the moment.
func (t *Tenant) mailTLS() *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS12,
		GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) {
			if t.broken(FaultOldTLS) {
				return &tls.Config{MaxVersion: tls.VersionTLS11, MinVersion: tls.VersionTLS10, Certificates: []tls.Certificate{t.certs.good}}, nil
			}
			return nil, nil // this one
		},
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
			switch {
			case t.broken(FaultCertificateName):
				return &t.certs.otherName, nil
			case t.broken(FaultCertificateExpired):
				return &t.certs.old, nil
			case t.broken(FaultCertificateUntrusted):
				return &t.certs.untrusted, nil
			}
			return &t.certs.good, nil
		},
	}
}
