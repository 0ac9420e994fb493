package store

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
)

func init() { children["owner"] = ownerChild }

func keysOf(t *testing.T, s *Store) []string {
	t.Helper()
	claims, err := s.Claims(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var keys []string
	for _, c := range claims {
		keys = append(keys, c.Key)
	}
	return keys
}

func TestClaims(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	ctx := t.Context()
	a, b := Claim{Key: "1/client-secret", ID: "1", For: ForDraft}, Claim{Key: "1/client-secret.x", ID: "1", For: ForRotation, Owner: "me"}
	if err := s.Claim(ctx, a, b); err != nil {
		t.Fatal(err)
	}
	b.For = ForRemoval
	if err := s.Claim(ctx, b); err != nil {
		t.Fatal(err)
	}
	claims, err := open(t, dir).Claims(ctx)
	if err != nil || !slices.Equal(claims, []Claim{a, b}) {
		t.Fatalf("%+v, %v", claims, err)
	}
	before, err := os.Stat(filepath.Join(dir, journalFile))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Unclaim(ctx, "2/client-secret"); err != nil {
		t.Fatal(err)
	}
	if after, err := os.Stat(filepath.Join(dir, journalFile)); err != nil || !os.SameFile(before, after) {
		t.Errorf("the file was written although nothing changed: %v", err)
	}
	if err := s.Unclaim(ctx, a.Key, "unknown"); err != nil || !slices.Equal(keysOf(t, s), []string{b.Key}) {
		t.Errorf("%v, %v", keysOf(t, s), err)
	}
	for _, wrong := range []Claim{{Key: "../x/client-secret", ID: "../x"}, {Key: "2/client-secret", ID: "1"}, {Key: "1", ID: "1"}} {
		if err := s.Claim(ctx, wrong); err == nil {
			t.Errorf("claimed: %+v", wrong)
		}
	}
}

// A damaged journal is moved aside like every other file: what it knew of cannot
// be found any more, and the rest works on.
func TestDamagedJournal(t *testing.T) {
	for _, content := range []string{`damaged`, `{"version":1,"claims":[{"key":"","id":"1"}]}`, `{"version":1,"claims":[{"key":"k","id":".."}]}`, `{"version":1,"claims":[{"key":"2/client-secret","id":"1"}]}`} {
		dir := t.TempDir()
		writeTo(t, filepath.Join(dir, journalFile), content)
		s := open(t, dir)
		if len(s.Damaged()) != 1 || len(keysOf(t, s)) != 0 {
			t.Errorf("%s: %+v, %v", content, s.Damaged(), keysOf(t, s))
		}
	}
}

// ownerChild holds a name until it is killed.
func ownerChild(args []string) error {
	s, err := Open(args[0])
	if err != nil {
		return err
	}
	name, _, err := s.HoldOwner()
	if err != nil {
		return err
	}
	if err := os.WriteFile(args[1], []byte(name), 0o600); err != nil {
		return err
	}
	_, err = bufio.NewReader(os.Stdin).ReadByte() // until the end
	return err
}

// A name lives as long as its process, however that ends.
func TestOwner(t *testing.T) {
	dir, told := t.TempDir(), filepath.Join(t.TempDir(), "name")
	s := open(t, dir)
	cmd := child(t, "owner", dir, told)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var name []byte
	for len(name) == 0 {
		name, _ = os.ReadFile(told)
	}
	if err := s.Tidy(t.Context()); err != nil || !s.OwnerLives(string(name)) {
		t.Errorf("the process lives, and is said not to: %v", err)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	if err := s.Tidy(t.Context()); err != nil || s.OwnerLives(string(name)) {
		t.Errorf("the process was killed, and is said to live: %v", err)
	}
	own, release, err := s.HoldOwner()
	if err != nil || !s.OwnerLives(own) {
		t.Fatalf("our own name: %v", err)
	}
	release()
	release()
	for _, name := range []string{own, "", "unknown", "../x"} {
		if s.OwnerLives(name) {
			t.Errorf("%q lives", name)
		}
	}
	if left, err := filepath.Glob(filepath.Join(dir, tokenLocks, "*")); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// Names that are held while others tidy up are never taken for those of dead
// processes, also in the moment between the making of a file and the lock on it.
func TestOwnersWhileOthersTidy(t *testing.T) {
	dir := t.TempDir()
	var tidying sync.WaitGroup
	stop := make(chan struct{})
	for range 4 {
		s := open(t, dir)
		tidying.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
					if err := s.Tidy(context.Background()); err != nil {
						t.Error(err)
						return
					}
				}
			}
		})
	}
	s := open(t, dir)
	for range 500 {
		name, release, err := s.HoldOwner()
		if err != nil {
			t.Error(err)
			break
		}
		if _, err := os.Stat(s.ownerLock(name)); err != nil || !s.OwnerLives(name) {
			t.Errorf("%s lives, and is said not to: %v", name, err)
			release()
			break
		}
		release()
	}
	close(stop)
	tidying.Wait()
}

// What a killed process has half written goes; files of others stay. The
// folder's name is no pattern.
func TestTidy(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "[work] ö 世界")
	s := open(t, dir)
	dead := filepath.Join(dir, tokenLocks, ownerPrefix+"dead"+lockSuffix)
	writeTo(t, dead, "")
	writeTo(t, filepath.Join(dir, ".settings.json.7.tmp"), "x")
	if err := s.PutSettings(t.Context(), Settings{Theme: "dark"}); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, ".settings.json.7.tmp")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a write leaves the rest of a crash: %v", err)
	}
	for _, name := range []string{".connections.json.123.tmp", "drafts/.a.json.9.tmp", ".mine.tmp", "connections.json.damaged-1"} {
		writeTo(t, filepath.Join(dir, name), "x")
	}
	if err := s.Tidy(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(dead); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the lock of a dead process is left: %v", err)
	}
	for name, want := range map[string]bool{
		".connections.json.123.tmp": false, "drafts/.a.json.9.tmp": false, ".mine.tmp": true, "connections.json.damaged-1": true,
	} {
		if _, err := os.Stat(filepath.Join(dir, name)); (err == nil) != want {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSlots(t *testing.T) {
	c := Connection{ID: "1"}
	if c.SecretKey() != ClientSecretKey("1") || c.RefreshKey() != RefreshTokenKey("1") || c.CertificateKey() != CertificateKey("1") {
		t.Error("without slots the keys are others than before")
	}
	c.CredentialSlot, c.SignInSlot = "x", "y"
	for key, want := range map[string]bool{
		"1/client-secret.x": true, "1/refresh-token.y": true, "1/certificate.x": false, "1/client-secret": false, "1/client-secret.y": false,
	} {
		if c.Uses(key) != want {
			t.Errorf("uses %s: %t", key, !want)
		}
	}
	c.Certificate = &Certificate{}
	if !c.Uses("1/certificate.x") || c.Uses("1/client-secret.x") {
		t.Error("a certificate is not the secret")
	}
	seen := map[string]bool{}
	for range 1000 {
		seen[NewSlot()] = true
	}
	if len(seen) != 1000 {
		t.Errorf("%d slots of 1000 differ", len(seen))
	}
}

// memoryItems is a keyring of another kind.
type memoryItems map[string]string

func (m memoryItems) Get(name string) (string, error) {
	if value, ok := m[name]; ok {
		return value, nil
	}
	return "", fmt.Errorf("test: %w", ErrNotFound)
}

func (m memoryItems) Set(name, value string) error {
	m[name] = value
	return nil
}

func (m memoryItems) Delete(name string) error {
	_, err := m.Get(name)
	delete(m, name)
	return err
}

func TestNewVault(t *testing.T) {
	items := memoryItems{}
	useVault(t.Context(), t.Errorf, NewVault(items))
	if len(items) != 0 {
		t.Errorf("left: %v", items)
	}
}
