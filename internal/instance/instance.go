// Package instance keeps to one Postkey at a time: a second start raises the
// window of the first. Who has the window is decided by a lock of package store;
// here the two talk, over a connection on this computer that never leaves it.
//
// The first one listens on a port of 127.0.0.1 and writes it, with a token, into
// the data folder, which only its user can read. Each side proves that it knows
// the token, so that no other user's program can raise the window or pretend to
// have it. Start with Listen in the first process and Raise in the second.
package instance

import (
	"bufio"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"
)

// fileName is the file in the data folder that says where the window listens.
const fileName = "window.json"

// ErrNoAnswer says that no window answered; it may be starting, ending, or hanging.
var ErrNoAnswer = errors.New("the other Postkey does not answer")

const (
	patience = 2 * time.Second // for one conversation
	maxLine  = 256
)

// address is the content of the file.
type address struct {
	Port  int    `json:"port"`
	Token string `json:"token"` // random for each window; useless when it is closed
}

// Listen answers those who call Raise with the same folder, until stop is
// called; it calls raise, on a goroutine of its own, for each that knows the
// token. Only the process that holds the folder's window lock may call it.
func Listen(dir string, raise func()) (stop func(), err error) {
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen for a second start: %w", err)
	}
	at := address{Port: listener.Addr().(*net.TCPAddr).Port, Token: random()}
	path := filepath.Join(dir, fileName)
	if err := write(path, at); err != nil {
		_ = listener.Close()
		return nil, fmt.Errorf("listen for a second start: %w", err)
	}
	var calls sync.WaitGroup
	calls.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return // closed
			}
			calls.Go(func() { answer(conn, at.Token, raise) })
		}
	})
	return sync.OnceFunc(func() {
		_ = os.Remove(path)
		_ = listener.Close()
		calls.Wait()
	}), nil
}

// write replaces the file as a whole, readable by this user alone.
func write(path string, at address) error {
	data, err := json.Marshal(at)
	if err != nil {
		return err
	}
	_ = os.Remove(path) // one of another's permissions, or of a crash
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	return errors.Join(err, file.Close())
}

// answer is the first process's side of a conversation.
func answer(conn net.Conn, token string, raise func()) {
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(patience))
	challenge := random()
	fmt.Fprintf(conn, "postkey %d %s\n", os.Getpid(), challenge)
	said, err := line(conn)
	words := strings.Fields(said)
	if err != nil || len(words) != 3 || words[0] != "raise" || !proves(token, "raise "+challenge, words[2]) {
		return
	}
	raise()
	fmt.Fprintf(conn, "raised %s\n", proof(token, "raised "+words[1]))
}

// Raise brings the window of the Postkey that listens for this folder to the
// front. It returns ErrNoAnswer when there is none, or it does not know the token.
func Raise(ctx context.Context, dir string) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	// The first one may have the lock and not yet listen.
	for {
		err := call(ctx, dir)
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%w: %w", ErrNoAnswer, err)
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// call is the second process's side of a conversation.
func call(ctx context.Context, dir string) error {
	data, err := os.ReadFile(filepath.Join(dir, fileName))
	if err != nil {
		return err
	}
	var at address
	if err := json.Unmarshal(data, &at); err != nil {
		return err
	}
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp4", net.JoinHostPort("127.0.0.1", strconv.Itoa(at.Port)))
	if err != nil {
		return err
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	said, err := line(conn)
	words := strings.Fields(said)
	if err != nil || len(words) != 3 || words[0] != "postkey" {
		return errors.Join(errors.New("it is no Postkey"), err)
	}
	if pid, err := strconv.ParseUint(words[1], 10, 32); err == nil {
		letRaise(uint32(pid))
	}
	challenge := random()
	if _, err := fmt.Fprintf(conn, "raise %s %s\n", challenge, proof(at.Token, "raise "+words[2])); err != nil {
		return err
	}
	said, err = line(conn)
	words = strings.Fields(said)
	if err != nil || len(words) != 2 || words[0] != "raised" || !proves(at.Token, "raised "+challenge, words[1]) {
		return errors.Join(errors.New("it does not know the token"), err)
	}
	return nil
}

// line reads one line, byte by byte as far as need be.
func line(r io.Reader) (string, error) {
	return bufio.NewReader(io.LimitReader(r, maxLine)).ReadString('\n')
}

func random() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails, as its documentation says
	return hex.EncodeToString(b[:])
}

func proof(token, of string) string {
	mac := hmac.New(sha256.New, []byte(token))
	mac.Write([]byte(of))
	return hex.EncodeToString(mac.Sum(nil))
}

func proves(token, of, said string) bool {
	return token != "" && hmac.Equal([]byte(proof(token, of)), []byte(said))
}
