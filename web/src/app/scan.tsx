/**
 * Reads a QR code with the camera: by the browser's own BarcodeDetector, else by that of the library that draws our codes, which is loaded when the camera is turned on. The picture stays on this
 * page: each frame is looked at and forgotten.
 */
import { useEffect, useRef, useState } from 'preact/hooks';
import { t } from './i18n';
import { Button } from './kit';

const EVERY_MS = 250;

interface Detector {
  detect(source: HTMLVideoElement): Promise<{ rawValue: string }[]>;
}
type DetectorType = new (options: { formats: string[] }) => Detector;

async function detector(): Promise<Detector> {
  const own = (globalThis as { BarcodeDetector?: DetectorType }).BarcodeDetector;
  return new (own ?? (await import('qr/decode.js')).BarcodeDetector)({ formats: ['qr_code'] });
}

/** Calls once, with the first code that begins as a pairing link does. */
export function Scan({ onFound }: { onFound: (link: string) => void }) {
  const video = useRef<HTMLVideoElement>(null);
  const [on, turn] = useState(false);
  const [error, fail] = useState('');
  useEffect(() => {
    if (!on) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let stream: MediaStream | undefined;
    let gone = false;
    const look = async (by: Detector) => {
      const found = video.current && video.current.readyState >= 2 ? await by.detect(video.current).catch(() => []) : [];
      if (gone) return;
      const link = found.find((f) => f.rawValue.startsWith('candor:pair/'))?.rawValue;
      if (link) onFound(link);
      else timer = setTimeout(() => void look(by), EVERY_MS);
    };
    const begin = async () => {
      const by = await detector();
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' } });
      if (gone || !video.current) {
        for (const track of stream.getTracks()) track.stop();
        return;
      }
      video.current.srcObject = stream;
      void video.current.play();
      void look(by);
    };
    begin().catch(() => {
      if (!gone) fail(t('scan.failed'));
    });
    return () => {
      gone = true;
      clearTimeout(timer);
      for (const track of stream?.getTracks() ?? []) track.stop();
    };
  }, [on]);
  if (navigator.mediaDevices === undefined) return null;
  return (
    <div class="field">
      {on && !error ? (
        <video ref={video} class="scan" muted playsInline aria-label={t('scan.camera')} />
      ) : (
        <Button icon="photos" onClick={() => turn(true)}>
          {t('scan.start')}
        </Button>
      )}
      {error && (
        <p class="error" role="alert">
          {error}
        </p>
      )}
    </div>
  );
}
