//! One opened adapter: two slots of buffers, so that the next dispatch is ready when one ends.
//!
//! Does not verify what the kernel found; the pool does.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::kernel::{ENTRY_POINT, JobUniform, MAX_BATCH, NO_WINNER, TablesUniform, Variant, grid};
use crate::device::{Device, DeviceError, DeviceKind, Work};

/// A dispatch takes some 50 ms; a device that needs this long has hung.
const WEDGED_AFTER: Duration = Duration::from_secs(20);
/// A race between kernels ends when a dispatch takes this long.
const RACE: Duration = Duration::from_millis(10);
/// Bytes of the kernel's outcome.
const OUTCOME_LEN: u64 = 4;

/// What callbacks of the driver report.
#[derive(Clone, Default)]
struct Trouble(Arc<Mutex<Option<DeviceError>>>);

impl Trouble {
    fn report(&self, error: DeviceError) {
        // The first is the cause, later ones follow from it.
        self.0.lock().get_or_insert(error);
    }

    fn check(&self) -> Result<(), DeviceError> {
        self.0.lock().clone().map_or(Ok(()), Err)
    }
}

/// Buffers of one dispatch.
struct Slot {
    job: wgpu::Buffer,
    outcome: wgpu::Buffer,
    readback: wgpu::Buffer,
    bind_group: wgpu::BindGroup,
}

struct Opened {
    device: wgpu::Device,
    queue: wgpu::Queue,
    pipeline: wgpu::ComputePipeline,
    slots: [Slot; 2],
}

/// See the module's documentation.
pub(crate) struct WgpuDevice {
    /// None once it has hung: closing it would hang as well, so it is left alone.
    opened: Option<Opened>,
    trouble: Trouble,
    /// Slots in flight, oldest first.
    in_flight: VecDeque<(usize, wgpu::SubmissionIndex)>,
    next_slot: usize,
    name: String,
    driver: String,
    kind: DeviceKind,
}

impl WgpuDevice {
    pub(super) fn new(
        adapter: &wgpu::Adapter,
        name: &str,
        driver: &str,
        kind: DeviceKind,
        variant: Variant,
    ) -> Result<Self, DeviceError> {
        let trouble = Trouble::default();
        let opened = Opened::new(adapter, variant, &trouble)?;
        trouble.check()?;
        Ok(Self {
            opened: Some(opened),
            trouble,
            in_flight: VecDeque::new(),
            next_slot: 0,
            name: name.to_owned(),
            driver: format!("{driver} ({} kernel)", variant.name()),
            kind,
        })
    }

    /// Trials a second, from dispatches that grow until one takes a few milliseconds.
    pub(crate) fn race(&mut self) -> Result<f64, DeviceError> {
        let mut count = 1 << 12;
        loop {
            let work = Work {
                initial_hash: [0; 64],
                // Reached once in 2^64 trials.
                target: 0,
                start: 0,
                count,
            };
            let started = Instant::now();
            self.submit(&work)?;
            self.collect()?;
            let elapsed = started.elapsed();
            if elapsed >= RACE || count == MAX_BATCH {
                return Ok(count as f64 / elapsed.as_secs_f64().max(1e-9));
            }
            count = (count * 4).min(MAX_BATCH);
        }
    }

    fn opened(&self) -> Result<&Opened, DeviceError> {
        self.trouble.check()?;
        self.opened
            .as_ref()
            .ok_or(DeviceError::Wedged(WEDGED_AFTER.as_secs()))
    }

    fn wait_for(&mut self, submission: wgpu::SubmissionIndex) -> Result<(), DeviceError> {
        let polled = self.opened()?.device.poll(wgpu::PollType::Wait {
            submission_index: Some(submission),
            timeout: Some(WEDGED_AFTER),
        });
        self.trouble.check()?;
        match polled {
            Ok(_) => Ok(()),
            Err(wgpu::PollError::Timeout) => {
                // Not dropped: the driver would wait for the dispatch that never ends.
                std::mem::forget(self.opened.take());
                Err(DeviceError::Wedged(WEDGED_AFTER.as_secs()))
            }
            Err(error) => Err(DeviceError::Driver(error.to_string())),
        }
    }
}

impl Device for WgpuDevice {
    fn name(&self) -> &str {
        &self.name
    }

    fn driver(&self) -> &str {
        &self.driver
    }

    fn kind(&self) -> DeviceKind {
        self.kind
    }

    fn max_batch(&self) -> u64 {
        MAX_BATCH
    }

    fn submit(&mut self, work: &Work) -> Result<(), DeviceError> {
        let count = u32::try_from(work.count.min(MAX_BATCH)).unwrap_or(u32::MAX >> 1);
        let index = self.next_slot;
        let opened = self.opened()?;
        let slot = &opened.slots[index % 2];
        let queue = &opened.queue;
        queue.write_buffer(
            &slot.job,
            0,
            bytemuck::bytes_of(&JobUniform::new(work, count)),
        );
        queue.write_buffer(&slot.outcome, 0, bytemuck::bytes_of(&NO_WINNER));
        let mut encoder = opened
            .device
            .create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        {
            let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
            pass.set_pipeline(&opened.pipeline);
            pass.set_bind_group(0, &slot.bind_group, &[]);
            let (columns, rows) = grid(count);
            pass.dispatch_workgroups(columns, rows, 1);
        }
        encoder.copy_buffer_to_buffer(&slot.outcome, 0, &slot.readback, 0, OUTCOME_LEN);
        let submission = queue.submit([encoder.finish()]);
        let trouble = self.trouble.clone();
        slot.readback
            .map_async(wgpu::MapMode::Read, .., move |mapped| {
                if let Err(error) = mapped {
                    trouble.report(DeviceError::Driver(error.to_string()));
                }
            });
        self.in_flight.push_back((index % 2, submission));
        self.next_slot = (index + 1) % 2;
        self.trouble.check()
    }

    fn collect(&mut self) -> Result<Option<u64>, DeviceError> {
        let Some((index, submission)) = self.in_flight.pop_front() else {
            return Err(DeviceError::Driver("nothing was submitted".into()));
        };
        self.wait_for(submission)?;
        let slot = &self.opened()?.slots[index];
        let winner = {
            let view = slot
                .readback
                .get_mapped_range(..)
                .map_err(|error| DeviceError::Driver(error.to_string()))?;
            view.first_chunk::<4>()
                .map(|bytes| u32::from_ne_bytes(*bytes))
        };
        slot.readback.unmap();
        self.trouble.check()?;
        let winner = winner.ok_or_else(|| DeviceError::Driver("the outcome is empty".into()))?;
        Ok((winner != NO_WINNER).then(|| u64::from(winner)))
    }
}

impl Opened {
    fn new(
        adapter: &wgpu::Adapter,
        variant: Variant,
        trouble: &Trouble,
    ) -> Result<Self, DeviceError> {
        let requested = adapter.request_device(&wgpu::DeviceDescriptor {
            label: Some("proof of work"),
            required_features: variant.features(),
            required_limits: wgpu::Limits::downlevel_defaults().using_resolution(adapter.limits()),
            ..wgpu::DeviceDescriptor::default()
        });
        let (device, queue) = pollster::block_on(requested)
            .map_err(|error| DeviceError::Driver(error.to_string()))?;
        // Without handlers of ours wgpu panics.
        let sink = trouble.clone();
        device.on_uncaptured_error(Arc::new(move |error: wgpu::Error| {
            sink.report(DeviceError::Driver(error.to_string()));
        }));
        let sink = trouble.clone();
        device.set_device_lost_callback(move |reason, message| {
            sink.report(DeviceError::Lost(format!("{reason:?} {message}")));
        });
        let module = variant.module(&device)?;
        let bind_group_layout = bind_group_layout(&device);
        let layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
            label: None,
            bind_group_layouts: &[Some(&bind_group_layout)],
            immediate_size: 0,
        });
        let pipeline = device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
            label: Some(variant.name()),
            layout: Some(&layout),
            module: &module,
            entry_point: Some(ENTRY_POINT),
            compilation_options: wgpu::PipelineCompilationOptions::default(),
            cache: None,
        });
        trouble.check()?;
        let tables = buffer(
            &device,
            size_of::<TablesUniform>() as u64,
            wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST,
        );
        queue.write_buffer(&tables, 0, bytemuck::bytes_of(&TablesUniform::new()));
        let slots = [(); 2].map(|()| Slot::new(&device, &bind_group_layout, &tables));
        Ok(Self {
            device,
            queue,
            pipeline,
            slots,
        })
    }
}

impl Slot {
    fn new(device: &wgpu::Device, layout: &wgpu::BindGroupLayout, tables: &wgpu::Buffer) -> Self {
        use wgpu::BufferUsages as Usages;
        let job_len = size_of::<JobUniform>() as u64;
        let job = buffer(device, job_len, Usages::UNIFORM | Usages::COPY_DST);
        let outcome = buffer(
            device,
            OUTCOME_LEN,
            Usages::STORAGE | Usages::COPY_DST | Usages::COPY_SRC,
        );
        let readback = buffer(device, OUTCOME_LEN, Usages::MAP_READ | Usages::COPY_DST);
        fn entry(binding: u32, buffer: &wgpu::Buffer) -> wgpu::BindGroupEntry<'_> {
            wgpu::BindGroupEntry {
                binding,
                resource: wgpu::BindingResource::Buffer(wgpu::BufferBinding {
                    buffer,
                    offset: 0,
                    size: None,
                }),
            }
        }
        let bind_group = device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: None,
            layout,
            entries: &[entry(0, &job), entry(1, tables), entry(2, &outcome)],
        });
        Self {
            job,
            outcome,
            readback,
            bind_group,
        }
    }
}

/// The three bindings of the kernel; without WGSL of it, wgpu cannot know them by itself.
fn bind_group_layout(device: &wgpu::Device) -> wgpu::BindGroupLayout {
    let entry = |binding, ty| wgpu::BindGroupLayoutEntry {
        binding,
        visibility: wgpu::ShaderStages::COMPUTE,
        ty: wgpu::BindingType::Buffer {
            ty,
            has_dynamic_offset: false,
            min_binding_size: None,
        },
        count: None,
    };
    let outcome = wgpu::BufferBindingType::Storage { read_only: false };
    device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
        label: None,
        entries: &[
            entry(0, wgpu::BufferBindingType::Uniform),
            entry(1, wgpu::BufferBindingType::Uniform),
            entry(2, outcome),
        ],
    })
}

fn buffer(device: &wgpu::Device, size: u64, usage: wgpu::BufferUsages) -> wgpu::Buffer {
    device.create_buffer(&wgpu::BufferDescriptor {
        label: None,
        size,
        usage,
        mapped_at_creation: false,
    })
}
