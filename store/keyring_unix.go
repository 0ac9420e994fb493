//go:build unix && !darwin

package store

func keyringReady() error { return nil }
func keyringCause(err error) error { return err }
