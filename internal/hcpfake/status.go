package hcpfake

import (
	"time"

	"github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2023-01-01/models"
)

const (
	active    = models.HashicorpCloudPacker20230101VersionStatusVERSIONACTIVE
	revoked   = models.HashicorpCloudPacker20230101VersionStatusVERSIONREVOKED
	scheduled = models.HashicorpCloudPacker20230101VersionStatusVERSIONREVOCATIONSCHEDULED
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

// versionView returns the version as HCP shows it at the given time. "Builds are
// returned on many endpoints, but Build Metadata is only returned for Build
// endpoints and GetVersion" (models.HashicorpCloudPacker20230101Build).
func versionView(v *Version, now time.Time, metadata bool) *Version {
	if v == nil {
		return nil
	}
	view := *v
	if due(v, now) {
		view.Status = revoked.Pointer()
	}
	if !metadata && v.Builds != nil {
		view.Builds = make([]*Build, len(v.Builds))
		for i, b := range v.Builds {
			if b != nil {
				bare := *b
				bare.Metadata = nil
				b = &bare
			}
			view.Builds[i] = b
		}
	}
	return &view
}
