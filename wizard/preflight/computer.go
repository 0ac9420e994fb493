package preflight

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"

	"postkey/assets"
	"postkey/oauth"
	"postkey/store"
)

// loopback listens as the sign-in does, and sends itself a byte.
func loopback(network, address string) func(context.Context) verdict {
	return func(ctx context.Context) verdict {
		err := echo(ctx, network, address)
		switch {
		case err == nil:
			return verdict{detail: assets.Msg("preflight.loopback-works")}
		case network == "tcp6": // browsers try the other one as well
			return verdict{state: Warn, detail: assets.Msg("preflight.loopback-one")}
		}
		return verdict{err: fmt.Errorf("%w: %w", oauth.ErrPort, timely(ctx, err))}
	}
}

func echo(ctx context.Context, network, address string) error {
	listener, err := (&net.ListenConfig{}).Listen(ctx, network, address)
	if err != nil {
		return err
	}
	defer listener.Close()
	defer context.AfterFunc(ctx, func() { _ = listener.Close() })()
	heard := make(chan error, 1)
	go func() {
		conn, err := listener.Accept()
		if err == nil {
			defer conn.Close()
			stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
			defer stop()
			_, err = io.ReadFull(conn, make([]byte, 1))
		}
		heard <- err
	}()
	conn, err := (&net.Dialer{}).DialContext(ctx, network, listener.Addr().String())
	if err == nil {
		_, err = conn.Write([]byte{1})
		err = errors.Join(err, conn.Close())
	}
	if err != nil {
		_ = listener.Close()
		<-heard
		return err
	}
	return <-heard
}

func (cfg Config) browser(context.Context) verdict {
	path, err := cfg.findBrowser()
	if err != nil {
		// The address can be copied to any browser, so nothing is lost.
		return verdict{state: Warn, detail: assets.Msg("preflight.browser-none"), err: err}
	}
	return verdict{detail: assets.Msg("preflight.browser-found", "Program", filepath.Base(path))}
}

// keyring writes, reads and deletes an item of its own.
func (cfg Config) keyring(ctx context.Context) verdict {
	err := store.Probe(ctx, cfg.Vault)
	switch {
	case err != nil && ctx.Err() != nil:
		// Its dialog may be waiting for the password; then it is locked.
		return verdict{err: fmt.Errorf("%w: no answer in time", store.ErrKeyringLocked)}
	case err != nil:
		return verdict{err: err}
	}
	return verdict{detail: assets.Msg("preflight.keyring-works")}
}

// dataFolder writes, reads and deletes a file of its own.
func (cfg Config) dataFolder(context.Context) verdict {
	shown := assets.Msg("preflight.data-folder-works", "Dir", cfg.Dir)
	file, err := os.CreateTemp(cfg.Dir, ".preflight-*")
	if err != nil {
		return verdict{detail: assets.Msg("preflight.data-folder-fails", "Dir", cfg.Dir), err: err}
	}
	defer os.Remove(file.Name())
	const content = "postkey"
	_, err = file.WriteString(content)
	err = errors.Join(err, file.Sync(), file.Close())
	if err == nil {
		var read []byte
		if read, err = os.ReadFile(file.Name()); err == nil && string(read) != content {
			err = errors.New("what was written came back otherwise")
		}
	}
	if err != nil {
		return verdict{detail: assets.Msg("preflight.data-folder-fails", "Dir", cfg.Dir), err: err}
	}
	return verdict{detail: shown}
}
