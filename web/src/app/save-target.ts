/** Where a file for the person goes: to a file of their choice, as it is made, where the browser can; else to pieces that the browser keeps and hands over at the end. */
import { download } from './media';

export interface Target {
  write(bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  close(): Promise<void>;
  abort(): Promise<void>;
}

interface SavePicker {
  showSaveFilePicker?(options: { suggestedName: string }): Promise<{ createWritable(): Promise<FileSystemWritableFileStream> }>;
}

/** Null: the person thought better of it. */
export async function target(name: string, type: string): Promise<Target | null> {
  const picker = globalThis as unknown as SavePicker;
  if (picker.showSaveFilePicker && !navigator.webdriver) {
    try {
      const file = await (await picker.showSaveFilePicker({ suggestedName: name })).createWritable();
      return { write: (bytes) => file.write(bytes), close: () => file.close(), abort: () => file.abort() };
    } catch (e) {
      if (e instanceof DOMException && e.name === 'AbortError') return null;
    }
  }
  const parts: Blob[] = [];
  return {
    // A blob of its own for each piece: the browser may keep it on disk.
    write: async (bytes) => void parts.push(new Blob([bytes])),
    close: async () => download(name, type, new Blob(parts, { type })),
    abort: async () => void parts.splice(0),
  };
}
