package oauth

import (
	"errors"
	"fmt"
	"time"
)

// What can end a sign-in without an answer of Entra's.
var (
	// ErrTimeout: the browser did not come back in time.
	ErrTimeout = errors.New("the browser did not come back in time")
	// ErrState: what came back belongs to another sign-in.
	ErrState = errors.New("the answer belongs to another sign-in")
	// ErrPort: no port on this computer could be listened on.
	ErrPort = errors.New("no port on this computer could be listened on")
	// ErrBrowser: the system's browser could not be opened.
	ErrBrowser = errors.New("the browser did not open")
	// ErrIDToken: the ID token is missing, forged, or meant for someone else.
	ErrIDToken = errors.New("the ID token was refused")
	// ErrAnswer: an answer with a status of success that cannot be used, such as
	// one without a token.
	ErrAnswer = errors.New("the answer of the sign-in service cannot be used")
	// ErrNotSignedIn: no refresh token is stored.
	ErrNotSignedIn = errors.New("nobody is signed in: no refresh token is stored")
)

// maxSkew is how far this computer's clock may be off before it counts as a
// cause; ID tokens are read with the same leeway.
const maxSkew = 5 * time.Minute

// ClockSkewError says that something failed because this computer's clock and
// Entra's are more than five minutes apart.
type ClockSkewError struct {
	// Server is the Date header of Entra's answer, Local this computer's clock
	// when the answer came.
	Server, Local time.Time
	// Err is what failed.
	Err error
}

// Error names the difference and what failed.
func (e *ClockSkewError) Error() string {
	return fmt.Sprintf("this computer's clock is %s away from the sign-in service's: %v",
		e.Local.Sub(e.Server).Abs().Round(time.Second), e.Err)
}

// Unwrap returns what failed.
func (e *ClockSkewError) Unwrap() error { return e.Err }

// withSkew wraps err when the two clocks are too far apart; a zero server time
// means that the answer had no Date header.
func withSkew(err error, server, local time.Time) error {
	server, local = server.Round(0), local.Round(0)
	if err == nil || server.IsZero() || local.Sub(server).Abs() <= maxSkew {
		return err
	}
	return &ClockSkewError{Server: server, Local: local, Err: err}
}

// PasteKind says what is wrong with a pasted address.
type PasteKind string

// What Session.Paste can refuse.
const (
	// PasteNotAddress: the text is no address at all.
	PasteNotAddress PasteKind = "not-an-address"
	// PasteNoCode: an address, but with neither a code nor an error in it.
	PasteNoCode PasteKind = "no-code"
	// PasteAtMicrosoft: the address of a page of the sign-in service; the sign-in
	// has not come to its end there.
	PasteAtMicrosoft PasteKind = "at-microsoft"
	// PasteOtherSignIn: the address belongs to another sign-in. Unwraps to ErrState.
	PasteOtherSignIn PasteKind = "other-sign-in"
	// PasteTooLong: more than any address of a sign-in.
	PasteTooLong PasteKind = "too-long"
	// PasteAgain: this sign-in has its answer already.
	PasteAgain PasteKind = "already-answered"
)

// PasteError says what is wrong with a pasted address; it never repeats it.
type PasteError struct{ Kind PasteKind }

// Error describes the kind.
func (e *PasteError) Error() string {
	switch e.Kind {
	case PasteNoCode:
		return "the pasted address holds neither a code nor an error"
	case PasteAtMicrosoft:
		return "the pasted address is a page of the sign-in service, not the one after it"
	case PasteOtherSignIn:
		return "the pasted address belongs to another sign-in"
	case PasteTooLong:
		return "the pasted text is too long"
	case PasteAgain:
		return "this sign-in has its answer already"
	}
	return "the pasted text is not an address"
}

// Unwrap returns ErrState for an address of another sign-in.
func (e *PasteError) Unwrap() error {
	if e.Kind == PasteOtherSignIn {
		return ErrState
	}
	return nil
}
