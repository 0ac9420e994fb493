// Package support makes what one looks at, or sends away, after a failure: the
// log, with the whole dialogue of the protocols where that is asked for, and the
// support bundle. Start with OpenLog and with Bundle.
//
// No secret gets into either. It is taken out three times: by type, since
// oauth.Secret prints nothing; by value, since everything that is about to be
// written is searched for the secrets that this process has seen (see Known);
// and by shape, for those that it has not.
package support
