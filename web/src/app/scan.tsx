/** Reads a QR code with the camera, where the browser can (BarcodeDetector). The picture stays on this page: each frame is looked at and forgotten. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { t } from './i18n';
import { Button } from './kit';

const EVERY_MS = 250;

interface Detector {
  detect(source: HTMLVideoElement): Promise<{ rawValue: string }[]>;
}
type DetectorType = new (options: { formats: string[] }) => Detector;

const detectorType = (): DetectorType | undefined => (globalThis as { BarcodeDetector?: DetectorType }).BarcodeDetector;

export const canScan = (): boolean => detectorType() !== undefined && navigator.mediaDevices !== undefined;

/** Calls once, with the first code that begins as a pairing link does. */
export function Scan({ onFound }: { onFound: (link: string) => void }) {
  const video = useRef<HTMLVideoElement>(null);
  const [on, turn] = useState(false);
  const [error, fail] = useState('');
  useEffect(() => {
    const Type = detectorType();
    if (!on || !Type) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let stream: MediaStream | undefined;
    let gone = false;
    const look = async (detector: Detector) => {
      const found = video.current && video.current.readyState >= 2 ? await detector.detect(video.current).catch(() => []) : [];
      if (gone) return;
      const link = found.find((f) => f.rawValue.startsWith('candor:pair/'))?.rawValue;
      if (link) onFound(link);
      else timer = setTimeout(() => void look(detector), EVERY_MS);
    };
    navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' } }).then(
      (s) => {
        stream = s;
        if (gone || !video.current) {
          for (const track of s.getTracks()) track.stop();
          return;
        }
        video.current.srcObject = s;
        void video.current.play();
        void look(new Type({ formats: ['qr_code'] }));
      },
      () => {
        if (!gone) fail(t('scan.failed'));
      },
    );
    return () => {
      gone = true;
      clearTimeout(timer);
      for (const track of stream?.getTracks() ?? []) track.stop();
    };
  }, [on]);
  if (!canScan()) return null;
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
