package hcpfake

import (
	"time"

	"github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2023-01-01/models"
)

// incompleteName is the name of all versions that are not complete.
const incompleteName = "v0"

const (
	running    = models.HashicorpCloudPacker20230101VersionStatusVERSIONRUNNING
	failed     = models.HashicorpCloudPacker20230101VersionStatusVERSIONFAILED
	cancelled  = models.HashicorpCloudPacker20230101VersionStatusVERSIONCANCELLED
	incomplete = models.HashicorpCloudPacker20230101VersionStatusVERSIONINCOMPLETE
	active     = models.HashicorpCloudPacker20230101VersionStatusVERSIONACTIVE
	revoked    = models.HashicorpCloudPacker20230101VersionStatusVERSIONREVOKED
	scheduled  = models.HashicorpCloudPacker20230101VersionStatusVERSIONREVOCATIONSCHEDULED

	buildUnset     = models.HashicorpCloudPacker20230101BuildStatusBUILDUNSET
	buildRunning   = models.HashicorpCloudPacker20230101BuildStatusBUILDRUNNING
	buildDone      = models.HashicorpCloudPacker20230101BuildStatusBUILDDONE
	buildCancelled = models.HashicorpCloudPacker20230101BuildStatusBUILDCANCELLED
	buildFailed    = models.HashicorpCloudPacker20230101BuildStatusBUILDFAILED
)

func isStatus(v *Version, status VersionStatus) bool {
	return v.Status != nil && *v.Status == status
}

// impliedStatus returns the status of a version according to its revoke_at.
func impliedStatus(v *Version, now time.Time) VersionStatus {
	switch {
	case v.RevokeAt.IsZero():
		return active
	case now.Before(time.Time(v.RevokeAt)):
		return scheduled
	default:
		return revoked
	}
}

// due reports whether the time of a scheduled revocation has passed.
func due(v *Version, now time.Time) bool {
	return isStatus(v, scheduled) && !v.RevokeAt.IsZero() && !now.Before(time.Time(v.RevokeAt))
}

// valid reports whether a version is active or scheduled to be revoked later.
// "Iterations that are scheduled to be revoked will still be considered valid
// until the revocation date" (documentation of Packer's data source
// hcp-packer-iteration).
func valid(v *Version, now time.Time) bool {
	return isStatus(v, active) || (isStatus(v, scheduled) && !due(v, now))
}

// completed reports whether all builds of a version have succeeded, even if the
// version has been revoked since.
func completed(v *Version) bool {
	return isStatus(v, active) || isStatus(v, scheduled) || isStatus(v, revoked)
}
