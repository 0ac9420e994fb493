//go:build !unix || darwin

package store

func keyringReady() error { return nil }

func sessionCause(err error) error { return err }
