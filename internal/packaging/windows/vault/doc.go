// Package vault tests the vault with the Credential Manager of Windows, or of
// Wine; see test.sh in the folder above.
package vault
