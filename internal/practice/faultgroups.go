package practice

import "postkey/assets"

// Group says where in the path the fault happens, for a list of many: at
// sign-in, with an application's own rights, in the mailbox, on the network, or on this computer.
func (f Fault) Group() assets.Message {
	if s := spokenOf(f); s != nil {
		return assets.Msg("practice.group." + s.group)
	}
	switch f {
	case FaultSecretWrong, FaultSecretExpired, FaultConsentMissing, FaultAdminConsent,
		FaultSignInExpired, FaultSignInRevoked, FaultWrongAudience, FaultFewerScopes,
		FaultSignInFrequency, FaultInteraction, FaultOtherAccount, FaultThrottledSignIn, FaultSignInDown, FaultClockSkew:
		return assets.Msg("practice.group.sign-in")
	case FaultAppConsentMissing, FaultAppFewerRoles, FaultAppDisabled, FaultAppCertificate,
		FaultAppObjectID, FaultAppOutside, FaultAppFenceOpen:
		return assets.Msg("practice.group.application")
	case FaultSMTPTenantOff, FaultSMTPMailboxOff, FaultNotConnected, FaultSharedNoRights,
		FaultSendAsDenied, FaultNeverArrives, FaultBounce, FaultThrottledMail,
		FaultNoMailbox, FaultEWSOff:
		return assets.Msg("practice.group.mailbox")
	case FaultNoBrowser, FaultSignInHangs, FaultOtherSignIn, FaultPortTaken,
		FaultKeyringMissing, FaultKeyringLocked, FaultKeyringFull, FaultDataLocked, FaultDataDamaged:
		return assets.Msg("practice.group.computer")
	}
	return assets.Msg("practice.group.network")
}
