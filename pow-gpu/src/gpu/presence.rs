//! Whether the machine has a graphics card at all, told by what the drivers in its kernel leave in /dev.
//!
//! Does not load a graphics API: Vulkan's loader opens every driver that is installed, and Mesa's software rasteriser alone takes
//! 55 MB, which stay for as long as the process runs.

use std::io;
use std::path::Path;

/// Folders, and how the names in them begin that only a card's driver makes.
const TRACES: [(&str, &str); 9] = [
    // Render nodes, of every driver that is part of the kernel: amdgpu, i915, xe, nouveau, panfrost, v3d, virtio-gpu. Not `card*`, which
    // display chips of servers have as well.
    ("dev/dri", "renderD"),
    // NVIDIA's own driver. It may come without a render node, as in containers.
    ("dev", "nvidia"),
    // The same on Jetson boards: nvhost-gpu, nvgpu.
    ("dev", "nvhost-gpu"),
    ("dev", "nvgpu"),
    // Windows' graphics cards inside WSL 2; Mesa has a Vulkan driver for them.
    ("dev", "dxg"),
    // AMD's compute driver, which containers are given beside the render node or without it.
    ("dev", "kfd"),
    // Arm's own driver for Mali, on boards whose maker ships that.
    ("dev", "mali"),
    // Qualcomm's own driver for Adreno, which Mesa can use as well.
    ("dev", "kgsl-3d"),
    // Vivante's own driver, on NXP's boards.
    ("dev", "galcore"),
];

/// PCI devices of this vendor count even where /dev shows nothing: NVIDIA's files are made when a program first asks for them.
const NVIDIA: &str = "0x10de";

/// PCI's class of everything that computes pictures. The same cards' sound has another one.
const DISPLAY_CLASS: &str = "0x03";

/// False only where this is Linux and nothing speaks for a graphics card.
pub(crate) fn machine_has_one() -> bool {
    // Elsewhere the drivers are part of the system, and their files are not for us to know.
    !cfg!(target_os = "linux") || anything_under(Path::new("/"))
}

fn anything_under(root: &Path) -> bool {
    TRACES
        .iter()
        .any(|(folder, prefix)| any_entry(&root.join(folder), |name| name.starts_with(prefix)))
        || nvidia_on_pci(&root.join("sys/bus/pci/devices"))
}

fn nvidia_on_pci(devices: &Path) -> bool {
    let says = |device: &str, file: &str, value: &str| {
        std::fs::read_to_string(devices.join(device).join(file))
            .is_ok_and(|text| text.starts_with(value))
    };
    any_entry(devices, |device| {
        says(device, "vendor", NVIDIA) && says(device, "class", DISPLAY_CLASS)
    })
}

/// Whether a folder has such an entry. One that is there and cannot be read may have: the drivers are asked then.
fn any_entry(folder: &Path, wanted: impl Fn(&str) -> bool) -> bool {
    match std::fs::read_dir(folder) {
        Ok(entries) => entries
            .flatten()
            .any(|entry| wanted(&entry.file_name().to_string_lossy())),
        Err(error) => error.kind() != io::ErrorKind::NotFound,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn machine(files: &[(&str, &str)]) -> bool {
        let root = tempfile::tempdir().unwrap();
        for (file, text) in files {
            let file = root.path().join(file);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, text).unwrap();
        }
        anything_under(root.path())
    }

    #[test]
    fn a_machine_without_device_files_has_no_card() {
        assert!(!machine(&[]));
        assert!(!machine(&[("dev/null", ""), ("dev/tty", "")]));
    }

    #[test]
    fn a_servers_display_chip_is_no_card() {
        let chip = "sys/bus/pci/devices/0000:03:00.0";
        assert!(!machine(&[
            ("dev/dri/card0", ""),
            (&format!("{chip}/vendor"), "0x1a03\n"),
            (&format!("{chip}/class"), "0x030000\n"),
        ]));
    }

    #[test]
    fn every_drivers_device_file_tells_of_a_card() {
        for file in [
            "dev/dri/renderD128",
            "dev/nvidia0",
            "dev/nvidiactl",
            "dev/nvhost-gpu",
            "dev/nvgpu/igpu0/as",
            "dev/dxg",
            "dev/kfd",
            "dev/mali0",
            "dev/kgsl-3d0",
            "dev/galcore",
        ] {
            assert!(machine(&[(file, "")]), "{file}");
        }
    }

    #[test]
    fn an_nvidia_card_is_seen_before_its_files_are_made_and_its_sound_is_not_taken_for_one() {
        let with_class = |class| {
            machine(&[
                ("sys/bus/pci/devices/0000:01:00.0/vendor", "0x10de\n"),
                ("sys/bus/pci/devices/0000:01:00.0/class", class),
            ])
        };
        assert!(with_class("0x030000\n"));
        assert!(with_class("0x030200\n"));
        assert!(!with_class("0x040300\n"));
    }
}
