// Package oauth speaks to Microsoft Entra ID: it signs a user in through the
// system's browser, keeps access tokens fresh and reads Entra's errors.
//
// Start with [SignIn]: fill in a [Registration] and the scopes, call Start,
// wait for the [Session]. Later, [TokenSource] turns the stored refresh token
// into access tokens. [ResolveTenant] finds a directory from a mail domain.
//
// A secret is a [Secret] from the moment it enters; no error and no log line of
// this package carries one. The package asks nothing of a person and knows no
// mail server; use it neither for application permissions (client credentials)
// nor for sign-in services that do not speak OpenID Connect.
package oauth
